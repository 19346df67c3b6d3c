/**
 * The upgrade to a version of Mastodon, whole, on a copy of the selected stack's server that is
 * made on this computer from the newest backup. Nothing of the copy reaches anybody: its network ends at the local cloud.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { versionIn } from '../../cloud-init/effects';
import { cloudAddresses } from '../../local/addresses';
import { type LocalCloud, machinesPossible, startCloud } from '../../local/cloud';
import { DEBIAN_IMAGE } from '../../local/debian';
import { ensureHostPackages } from '../../local/host-packages';
import { ensureImages } from '../../local/stand-in/build';
import { removeCloud } from '../../local/remove-cloud';
import { LocalStack } from '../../local/stack';
import { ensureToolchain } from '../../local/toolchain';
import { CHECKOUT } from '../../cli/lib/checkout';
import { versionProblem } from '../../settings/mastodon-releases';
import { readConfig } from '../../cli/lib/stack-config';
import { NO_SSH } from '../../cli/lib/ssh';
import { kitOf, missingParts, type RecoveryKit } from '../../cli/recovery-kit/format';
import { OperationError, PulumiCli, type Selection } from '../../cli/lib/pulumi-cli';
import { spawned } from '../../cli/lib/spawned';
import { adoptedFor, copyBackups, dumpProblem, rehearsalProblem, rehearsalSettings } from './production-copy';

interface UpgradeReport {
  readonly from: string;
  readonly to: string;
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  readonly outcome: string;
}

export interface Rehearse {
  /** Production's stack. */
  readonly selection: Selection;
  readonly version: string;
  /** A dump in place of the newest backup: it can be read by another PostgreSQL than production's. */
  readonly dump: string | undefined;
  /** Leaves the copy there. */
  readonly keep: boolean;
  /** The network of the copy, as a slot of local clouds. */
  readonly slot: string;
}

export async function rehearse({ selection, version, dump, keep, slot: number }: Rehearse): Promise<void> {
  const problem = versionProblem(version);
  if (problem) throw new OperationError(`${version}: ${problem}`);
  if (!machinesPossible()) throw new OperationError('A rehearsal boots a machine: run it as root on Linux.');
  const pulumi = new PulumiCli(selection);
  const kit = await production(pulumi);
  const obstacle = dump === undefined ? rehearsalProblem(kit) : dumpProblem(dump);
  if (obstacle) throw new OperationError(obstacle);
  const from = versionIn((await pulumi.outputs()).effects) ?? kit.server.mastodonVersion;

  await ensureHostPackages(['rclone']);
  const slot = cloudAddresses(Number(number)).slot;
  const stateFolder = join(CHECKOUT, '.local', 'rehearsal');
  // What an interrupted rehearsal left.
  await removeCloud({ slot, stateFolder });
  try {
    const cloud = await startCloud({ slot, stateFolder, closed: true });
    await carryOut({ kit, cloud, from, version, dump });
  } finally {
    if (!keep) await removeCloud({ slot, stateFolder });
  }
}

async function production(pulumi: PulumiCli): Promise<RecoveryKit> {
  const stack = await pulumi.stackName();
  const kit = kitOf(stack, await pulumi.outputs(), await readConfig(pulumi), new Date());
  const missing = missingParts(kit);
  if (missing.length === 0) return kit;
  throw new OperationError(
    `The stack ${stack} lacks what a copy needs: ${missing.join(', ')}. Let "pulumi up" come to its end first.`,
  );
}

interface Rehearsal {
  readonly kit: RecoveryKit;
  readonly cloud: LocalCloud;
  readonly from: string;
  readonly version: string;
  /** The dump that is read in place of the backup. */
  readonly dump: string | undefined;
}

async function carryOut({ kit, cloud, from, version, dump }: Rehearsal): Promise<void> {
  const [now, then] = [await ensureImages(undefined, from), await ensureImages(undefined, version)];
  cloud.publish(now);
  cloud.publish(then);
  if (now.kind === 'stand-in') {
    console.log(
      "The registry of Mastodon's images is out of reach: stand-ins are rehearsed with, not Mastodon.",
    );
  }
  const times: [string, number][] = [];
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const start = performance.now();
    const result = await work();
    times.push([what, (performance.now() - start) / 1_000]);
    return result;
  };

  const stack = new LocalStack(cloud, await ensureToolchain());
  const what = dump === undefined ? 'postgresql' : 'dumps';
  const image = dump === undefined ? undefined : DEBIAN_IMAGE;
  const bucket = stack.bucketOf('backups');
  const copy = await timed(`copy the ${dump === undefined ? 'backups' : 'dumps'}`, () =>
    copyBackups(kit, cloud, bucket, what),
  );
  await stack.prepare(now, rehearsalSettings(kit, { version: from }, image));
  await stack.setSecret('adopted', adoptedFor(kit, copy));
  const content = dump === undefined ? ' and the newest backup' : '';
  await timed(`a machine with Mastodon ${from}${content}`, () => stack.up());

  if (dump !== undefined) await timed(`the dump ${dump}`, () => readDump(stack, kit, dump));
  else if ((await reportIn(cloud, stack)).steps.some(({ name }) => name === 'make the schema')) {
    throw new OperationError(
      `The backup bucket ${kit.buckets.backups.name} has no backup, so the copy would be an empty server. See bin/mastodon status.`,
    );
  }

  const { tasks } = kit.settings.mastodon as { tasks?: readonly string[] };
  await stack.prepare(then, rehearsalSettings(kit, { version, ...(tasks && { tasks }) }, image));
  await stack.setSecret('adopted', adoptedFor(kit, copy));
  const failure = await timed(`the upgrade to ${version}`, () =>
    stack.up().then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
  const report = await reportIn(cloud, stack);
  console.log(told(times, report));
  if (failure !== undefined) {
    throw new OperationError(`The upgrade to ${version} would fail: ${report.outcome}`);
  }
}

/** A large dump takes hours. */
const DUMP_TIMEOUT_MS = 6 * 3_600_000;

/** Restores a dump on the copy, which has production's administrators with keys of its own. */
async function readDump(stack: LocalStack, kit: RecoveryKit, dump: string): Promise<void> {
  const [first] = kit.settings.administrators as readonly { readonly name: string }[];
  const [ssh = 'ssh', ...machine] = stack.ssh(first?.name ?? '', await stack.outputs());
  const command = ['sudo', 'mastodon-restore', '--dump', dump, '--yes'];
  const { code } = await spawned(
    ssh,
    ['-o', 'BatchMode=yes', ...machine, ...command],
    { stdio: ['ignore', 'inherit', 'inherit'], timeout: DUMP_TIMEOUT_MS },
    new OperationError(NO_SSH),
  );
  if (code === 0) return;
  const limit = `${String(DUMP_TIMEOUT_MS / 3_600_000)} h`;
  const how = code === null ? `took longer than ${limit}` : `ended with ${String(code)}`;
  throw new OperationError(`The dump ${dump} could not be restored on the copy: it ${how}; see above.`);
}

async function reportIn({ stateFolder }: LocalCloud, stack: LocalStack): Promise<UpgradeReport> {
  const { instanceId } = await stack.outputs();
  const disk = join(stateFolder, 'machines', instanceId, 'root');
  return JSON.parse(
    readFileSync(join(disk, 'var/lib/mastodon/upgrade-report.json'), 'utf8'),
  ) as UpgradeReport;
}

function told(times: readonly (readonly [string, number])[], report: UpgradeReport): string {
  const line = (name: string, seconds: number, indent = '') =>
    `${indent}${seconds.toFixed(1).padStart(8)} s  ${name}`;
  return [
    '',
    `Rehearsed: Mastodon ${report.from} to ${report.to}`,
    ...times.map(([name, seconds]) => line(name, seconds)),
    'of which on the machine:',
    ...report.steps.map(({ name, seconds }) => line(name, seconds, '  ')),
    report.outcome,
  ].join('\n');
}
