import { constants, gunzipSync } from 'node:zlib';

/** Base64 of what gzip made, on one line or folded; a short last line counts only if it ends as base64 does. */
const PACKED = /^H4sI[A-Za-z0-9+/]+(?:\n[A-Za-z0-9+/]{60,})*(?:\n[A-Za-z0-9+/]+(?==))?={0,2}$/gm;

/** A script that lands on a machine, and what is packed into it. */
export function scriptTexts(script: string): string[] {
  return [script, ...(script.match(PACKED) ?? []).map(unpack)];
}

/** What is cut off at the end doesn't matter. */
function unpack(base64: string): string {
  return gunzipSync(Buffer.from(base64, 'base64'), { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}
