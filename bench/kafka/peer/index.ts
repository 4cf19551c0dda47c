/**
 * The client's side of the Kafka codec: requests written, responses read. For tests and for the load generator, which
 * send prebuilt frames; the product's bundle stays without it. `generated/` is made by tools/kafka-codec.
 */
export { decodeResponse, encodeRequest, type RequestOptions } from './peer.ts';
