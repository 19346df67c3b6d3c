import { gunzipSync } from 'node:zlib';

/** Base64 of what gzip made. It may take along the word that ends it: bytes behind a gzip stream are ignored. */
const PACKED = /^H4sI[A-Za-z0-9+/=\n]+/gm;

/** A script that lands on a machine, and what is packed into it. */
export function scriptTexts(script: string): string[] {
  const packed = script.match(PACKED) ?? [];
  return [script, ...packed.map((base64) => gunzipSync(Buffer.from(base64, 'base64')).toString())];
}
