import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { EXAMPLE_DOMAIN } from '../../settings/examples';

/** What stands in that file are examples, not answers: they go, and with them the chance to forget one. */
export function putExamplesAway(stack: string): void {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file)) return;
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.getIn(['config', 'mastodon-on-civo:domain']) !== EXAMPLE_DOMAIN) return;
  document.delete('config');
  document.commentBefore = null;
  // What Pulumi itself keeps there stays.
  writeFileSync(
    file,
    document.has('encryptionsalt') || document.has('secretsprovider') ? String(document) : '',
  );
  console.log(`The examples in ${file} are put away (git has them): your answers take their place.`);
}
