/** `T` while it is being read. */
export type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** `T` as read: every field is there, by its default where its version has none, and records are one view. */
export type Whole<T> = Uint8Array extends T
  ? Uint8Array | Extract<T, null>
  : T extends readonly (infer Item)[]
    ? readonly Whole<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]-?: Whole<T[Name]> }
      : T;

/** `T` to be written with defaults for all that is missing. */
export type Sparse<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Sparse<Item>[]
    : T extends object
      ? { readonly [Name in keyof T]?: Sparse<T[Name]> }
      : T;
