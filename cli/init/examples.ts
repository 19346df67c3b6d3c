import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { NAMESPACE } from '../../settings/namespace';
import { EXAMPLE_DOMAIN } from '../../settings/examples';

/** That file has examples, not answers: they are removed, so that none is forgotten. */
export function putExamplesAway(stack: string): void {
  const file = `Pulumi.${stack}.yaml`;
  if (!existsSync(file)) return;
  const document = parseDocument(readFileSync(file, 'utf8'));
  if (document.getIn(['config', `${NAMESPACE}domain`]) !== EXAMPLE_DOMAIN) return;
  document.delete('config');
  document.commentBefore = null;
  // What Pulumi itself keeps there stays.
  writeFileSync(
    file,
    document.has('encryptionsalt') || document.has('secretsprovider') ? String(document) : '',
  );
  console.log(`The examples in ${file} are put away (git has them): your answers take their place.`);
}
