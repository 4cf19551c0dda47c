import { Socket, type SocketConstructorOpts } from 'node:net';

/** Where a socket's bytes are read to. */
export interface ReadTo {
  /** The memory for the next read; asked for before each. */
  room(): Uint8Array;
  /** `bytes` bytes were read to `into`. */
  filled(bytes: number, into: Uint8Array): void;
}

/**
 * Reads an accepted socket's bytes into memory of the caller's choice, in place of fresh memory for every read: for
 * records that is a copy less, and memory that was touched before. Node offers that (`onread`) for sockets that connect
 * alone, so that the accepted socket's handle moves into a new one. Where Node has changed too much for that, and for
 * TLS, whose bytes are decrypted to memory of its own, they are copied.
 *
 * @returns the socket to go on with
 */
export function adopt(accepted: Socket, to: ReadTo): Socket {
  const holder: { _handle?: object | null } = accepted as unknown as { _handle?: object | null };
  const handle = holder._handle;
  if (!handle || accepted.constructor !== Socket) return copying(accepted, to);
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: () => to.room(),
      callback: (bytes: number, into: Uint8Array) => {
        to.filled(bytes, into);
        return true;
      },
    },
  };
  holder._handle = null;
  const socket = new Socket(options as unknown as SocketConstructorOpts);
  // Without its handle it is only counted by the server, which must not wait for it on closing.
  accepted.destroy();
  return socket;
}

function copying(socket: Socket, to: ReadTo): Socket {
  socket.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const room = to.room();
      const count = Math.min(room.length, chunk.length - at);
      room.set(chunk.subarray(at, at + count));
      to.filled(count, room);
      at += count;
    }
  });
  return socket;
}
