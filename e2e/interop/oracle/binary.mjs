// Bytes in a scenario are `{ "$binary": "<hex>" }`.

/** A scenario's payload as the real packages take it. */
export function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$binary === 'string') return Buffer.from(value.$binary, 'hex');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]));
}

/** The other way. */
export function flatten(value) {
  if (Buffer.isBuffer(value)) return { $binary: value.toString('hex') };
  if (Array.isArray(value)) return value.map(flatten);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, flatten(inner)]));
}
