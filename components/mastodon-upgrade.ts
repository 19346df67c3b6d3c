import * as pulumi from '@pulumi/pulumi';

/** Refuses, in a preview too, an upgrade that Mastodon can't do. The machine looks again, at its database. */
export function possibleUpgrade(
  name: string,
  from: Promise<string | undefined>,
  to: string,
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    `${name}-possible-upgrade`,
    async () => {
      // The database is a former one then, which the machine knows and this stack doesn't.
      if (process.env.UNDONE_UPGRADE) return;
      const problem = upgradeProblem((await from) ?? to, to);
      if (problem) throw new Error(problem);
    },
    { onDryRun: true },
  );
}

/** Why Mastodon can't go from one version to the other, and the way that there is. */
export function upgradeProblem(from: string, to: string): string | undefined {
  const [major = 0, minor = 0] = from.split('.').map(Number);
  const [toMajor = 0, toMinor = 0] = to.split('.').map(Number);
  if (toMajor < major || (toMajor === major && toMinor < minor)) {
    return (
      `mastodon.version = ${to}: the server runs ${from}, whose migrations can't be undone. Set it to ${from} again, with its ` +
      'digests; to undo an upgrade altogether, see docs/upgrades.md.'
    );
  }
  // Which minor version was the last before a major one, no rule shows.
  if (toMajor > major + 1 || (toMajor === major && toMinor > minor + 1)) {
    return (
      `mastodon.version = ${to}: the server runs ${from}, and a version may not be skipped. First go to the newest ` +
      `${String(major)}.${String(minor + 1)}.x, with its digests; let pulumi up finish, then continue.`
    );
  }
  return undefined;
}
