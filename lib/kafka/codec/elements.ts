import type { Read } from './reader.ts';
import type { Write } from './writer.ts';

/** What generated code names when it reads and writes elements of arrays and tagged fields. */

export const NO_BYTES = new Uint8Array(0);
export const UUID_ZERO = '00000000000000000000000000000000';

export const readInt8: Read<number> = (reader) => reader.i8();
export const readInt16: Read<number> = (reader) => reader.i16();
export const readInt32: Read<number> = (reader) => reader.i32();
export const readInt64: Read<number> = (reader) => reader.i64();
export const readString: Read<string> = (reader) => reader.string();
export const readUuid: Read<string> = (reader) => reader.uuid();

export const writeBool: Write<boolean> = (writer, _version, value) => writer.bool(value);
export const writeInt8: Write<number> = (writer, _version, value) => writer.u8(value);
export const writeInt16: Write<number> = (writer, _version, value) => writer.i16(value);
export const writeInt32: Write<number> = (writer, _version, value) => writer.i32(value);
export const writeInt64: Write<number> = (writer, _version, value) => writer.i64(value);
export const writeString: Write<string> = (writer, _version, value) => writer.string(value);
export const writeUuid: Write<string> = (writer, _version, value) => writer.uuid(value);
