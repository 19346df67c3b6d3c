import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Settings } from '../settings';
import type { Mastodon } from '../settings/types';
import type { BundleFile } from './template';

/** What a change of files does on the machine, as people read it, and the digest of those files. */
export type Effects = Readonly<Record<string, string>>;

/** What a unit does when a file changes that it names: the keys of its triggers, as `converge` reads them. */
const VERBS = { Restart: 'restarts', Reload: 'reloads' } as const;

/** The settings that change the machine, or Mastodon as a whole. */
export type EffectSettings = Pick<Settings, 'generation' | 'size' | 'image'> & {
  mastodon: Pick<Mastodon, 'version'>;
  housekeeping?: Pick<Settings['housekeeping'], 'remoteMediaGb'>;
};

/** Where files of the bundle land on the machine. */
const TREE = /^(?:root|handover)(\/.*)$/;

/**
 * What a change of each file would do, by what the files themselves say: see `X-Restart-Triggers=` and `X-Reload-Triggers=`;
 * and of the settings that are about the machine itself, or about Mastodon as a whole.
 */
export function effectsOf(
  { generation, size, image, mastodon, housekeeping }: EffectSettings,
  files: readonly BundleFile[],
): Effects {
  const placed = files.flatMap((file) => {
    const [, target] = TREE.exec(file.path) ?? [];
    return target === undefined ? [] : [{ ...file, target }];
  });
  const named = new Map<string, Set<string>>();
  for (const { target, content } of placed) {
    for (const [, key = '', patterns = ''] of content.matchAll(/^X-(Restart|Reload)-Triggers=(.*)$/gm)) {
      const effect = `${VERBS[key as keyof typeof VERBS]} ${unitOf(target)}`;
      const triggers = placed.filter((file) => isNamed(file.target, patterns));
      const before = named.get(effect) ?? [];
      named.set(effect, new Set([...before, ...triggers.map((file) => file.target)]));
    }
  }
  const followed = new Set([...named.values()].flatMap((targets) => [...targets]));
  const others = files.filter(({ path }) => !followed.has(TREE.exec(path)?.[1] ?? ''));
  return Object.fromEntries([
    [NEW_MACHINE, String(generation)],
    [REBOOTS, size],
    [NEXT_IMAGE, image],
    [UPGRADES, mastodon.version],
    [DELETES, String(housekeeping?.remoteMediaGb ?? 0)],
    ...[...named].map(([effect, targets]) => [
      effect,
      digest(placed.filter(({ target }) => targets.has(target))),
    ]),
    [WRITES, digest(others)],
  ]) as Effects;
}

/** The effect of files that no unit depends on: scripts and timers, which are read whenever they are run. */
export const WRITES = 'writes files that need no restart';

const NEW_MACHINE = 'makes a new machine, which takes over';
const REBOOTS = 'reboots the machine';
const UPGRADES = 'upgrades Mastodon';
const NEXT_IMAGE = 'chooses the image of the next machine';

const DELETES = "has housekeeping delete more of other servers' media (which: bin/mastodon remote-media)";

/** The version of Mastodon that was there when these were reported. */
export const versionIn = (effects: Effects | undefined): string | undefined => effects?.[UPGRADES];

/** The image that was set when these were reported. */
export const imageIn = (effects: Effects | undefined): string | undefined => effects?.[NEXT_IMAGE];

/** What is different from before. A new machine starts everything anyway, and a reboot does; a new machine needs no reboot. */
export function changedEffects(before: Effects, now: Effects): readonly string[] {
  const changed = Object.keys(now).filter((effect) =>
    effect === DELETES ? isLower(now[effect], before[effect]) : before[effect] !== now[effect],
  );
  const whole = [NEW_MACHINE, REBOOTS].find((effect) => changed.includes(effect));
  return whole === undefined ? changed : [whole, ...changed.filter((effect) => effect === DELETES)];
}

/** Whether a limit is lower than before, or the first one. 0: there is none. */
const isLower = (now = '0', before = '0') =>
  Number(now) > 0 && !(Number(before) > 0 && Number(before) <= Number(now));

/** `restarts a.service and b.service, reloads c.service`: effects as the end of a sentence. */
export function told(effects: readonly string[]): string {
  const objects = new Map<string, string[]>();
  for (const effect of effects) {
    const [, verb, unit] = /^(\S+) (\S+\.\w+)$/.exec(effect) ?? [];
    if (verb === undefined || unit === undefined) objects.set(effect, []);
    else objects.set(verb, [...(objects.get(verb) ?? []), unit]);
  }
  return [...objects].map(([verb, units]) => [verb, listed(units)].filter(Boolean).join(' ')).join('; ');
}

/** `a`, `a and b`, `a, b and c` */
const listed = (parts: readonly string[]) => parts.join(', ').replace(/, ([^,]*)$/, ' and $1');

/** In patterns only `*` is special, and `%i`, any instance of the unit. */
function isNamed(target: string, patterns: string): boolean {
  const expressions = patterns.split(/\s+/).map((pattern) => {
    const literals = pattern.split(/\*|%i/).map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${literals.join('[^/]*')}$`);
  });
  return expressions.some((expression) => expression.test(target));
}

/** `/etc/containers/systemd/mastodon-web@.container` → `mastodon-web@.service`; a drop-in is its unit's. */
function unitOf(target: string): string {
  const folder = posix.basename(posix.dirname(target));
  // That of `a-.service` is for each unit whose name begins so.
  if (folder.endsWith('.d')) return folder.slice(0, -2).replace('-.', '-*.');
  return posix.basename(target).replace(/\.container$/, '.service');
}

function digest(files: readonly BundleFile[]): string {
  const hash = createHash('sha256');
  for (const { path, mode, content } of files) hash.update(JSON.stringify([path, mode, content]));
  // Enough to tell two apart. They can't be recovered from it, as the secrets in the files are long and random.
  return hash.digest('hex').slice(0, 16);
}
