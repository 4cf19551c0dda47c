/**
 * How often a gateway tells that it lives, and looks who else does: the age of its view. On AWS one write unit and a read
 * each: some $0.60 a month for each gateway.
 */
export const BEAT_MS = 3_000;

/** A gateway of which nothing was heard for so long is gone: three beats that did not come. It shows a beat later at most. */
export const EXPIRY_MS = 3 * BEAT_MS;

/**
 * A gateway that is met for the first time lives if its last beat is not further from our own clock than this, either way:
 * what clocks that are looked after differ by at most, beside the expiry. Later only the change of its beats counts.
 */
export const FIRST_SIGHT_MS = EXPIRY_MS + 6_000;

/** The id of a gateway that was last heard of so long ago may be taken by another. Too early costs one change of leaders. */
export const REUSE_MS = 60_000;

/**
 * A view that has not changed for so long is everybody's: news reaches each gateway within a beat of its own, and expiries
 * are noticed within one of each other. Only then is a client sent elsewhere.
 */
export const SETTLED_MS = 3 * BEAT_MS;

/** A view that could not be looked after for so long sends nobody elsewhere. */
export const FRESH_MS = 2 * BEAT_MS;

/** Gateways that start together contend for the lowest free id: each attempt, one of them gets it. */
export const CLAIMS_MAX = 50;
export const CLAIM_PAUSE_MS = 50;
