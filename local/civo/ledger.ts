/** Since when, and until when, the account had what: for the bill, and for the quota, which notices late. */
import { inventory } from './inventory';
import type { CloudState } from './store-schema';

/** A bill may ask for 31 days; nothing else looks further back. */
const KEPT = 62 * 24 * 3_600_000;

/** Brings the ledger up to date: what is new is opened, what is gone or has another size is closed. */
export function keepLedger(state: CloudState): void {
  const now = new Date().toISOString();
  const items = new Map(inventory(state).map((item) => [item.id, item]));
  for (const entry of state.ledger) {
    if (entry.to !== undefined) continue;
    const item = items.get(entry.id);
    if (item?.code === entry.code && item.size_gb === entry.size_gb) {
      Object.assign(entry, item);
      items.delete(entry.id);
    } else {
      entry.to = now;
      // What only changed its size is counted where it continues.
      if (item) entry.uses = {};
    }
  }
  const forgotten = new Date(Date.now() - KEPT).toISOString();
  state.ledger = state.ledger.filter((entry) => (entry.to ?? now) > forgotten);
  for (const item of items.values()) state.ledger.push({ ...item, from: now });
}
