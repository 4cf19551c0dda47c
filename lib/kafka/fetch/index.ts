/**
 * Fetch sessions (KIP-227): what a consumer follows is remembered, so that its requests and answers name only what
 * changed.
 */
export { type Asked, FetchSession, FetchSessions, type Wanted } from './sessions.ts';
