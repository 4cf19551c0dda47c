/**
 * The HTTP API: Confluent REST Proxy v2 and v3 in their shapes, Kafka Connect's for routes, health. `httpApp` makes the
 * API as a pure function from Request to Response over the services; `serveHttp` puts it on a socket.
 */
export type { AccessOptions } from './access/access.ts';
export { type HttpOptions, httpApp } from './app.ts';
export type { HttpContext, HttpEnv } from './context.ts';
export { HttpError, type HttpErrorCode } from './http-error.ts';
export {
  BUFFERED_BODY_BYTES_MAX,
  DEFAULT_HTTP_LIMITS,
  DEFAULT_SOCKET_LIMITS,
  type HttpLimits,
  type SocketLimits,
} from './limits.ts';
export { type HttpServer, type ServeOptions, serveHttp } from './serve.ts';
export type { HttpServices } from './services.ts';
export type { BufferedProduce, ProduceBuffer } from './v2/buffered.ts';
export { parseProduceBody } from './v2/produce-body.ts';
