/** Which PostgreSQL the machines of an image have. A backup can only be restored by the same major version. */
import { NAMESPACE } from '../settings/namespace';

const VERSIONS = new Map([
  ['ubuntu-noble', 16],
  ['debian-13', 17],
]);

/** The major version of PostgreSQL that an image brings. */
export const postgresqlOf = (image: string): number | undefined => VERSIONS.get(image);

/** Why the next machine can't have this image, and what to do; undefined if it can. */
export function imageProblem(from: string, to: string): string | undefined {
  const [has, wanted] = [postgresqlOf(from), postgresqlOf(to)];
  if (has === undefined || wanted === undefined || has === wanted) return undefined;
  return (
    `${NAMESPACE}image = "${to}" has PostgreSQL ${String(wanted)}, and the database is of PostgreSQL ${String(has)}, as "${from}" ` +
    `has it: a new machine could not restore its backups. Nothing was changed. Set it back: pulumi config set image ${from}. ` +
    'To change over, move into a new stack of that image: bin/mastodon export here, then bin/mastodon import there (docs/recovery.md).'
  );
}
