/** `make local`: brings up the whole stack on this machine, and prints how to use it. */
import { join } from 'node:path';
import { slotFromEnvironment } from './addresses';
import { defaultStateFolder, type LocalCloud, machinesPossible, startCloud } from './cloud';
import { announcedServers, shareAuthority } from './federation';
import { ensureHostPackages } from './host-packages';
import { ensureMailCatcher } from './mail/catcher';
import { machineKind, NspawnMachines } from './machines';
import { ensureImage, ensureOlderImage, ensureVirtualImage } from './machines/image';
import { ensureImages, type MastodonImages } from './stand-in/build';
import { Progress } from './progress';
import { LocalStack, localVersion, type Outputs } from './stack';
import { ensureToolchain } from './toolchain';

/** The first administrator of Pulumi.local.yaml. */
const ADMINISTRATOR = 'alice';

async function main(): Promise<void> {
  const slot = slotFromEnvironment();
  // For trying what happens without root.
  const paper = process.env.LOCAL_PAPER === '1' || !machinesPossible();
  if (paper) {
    console.log(
      'Machines need root on Linux: everything but the machine is brought up here. Instances exist on paper only, ' +
        'and services listen on 127.0.0.1.',
    );
  }
  const progress = new Progress();
  // Building the toolchain keeps processors busy, packages and images keep network and disk busy.
  const [toolchain, images] = await Promise.all([
    progress.step('toolchain', () => ensureToolchain(progress.part)),
    installAndMakeImages(progress, paper),
  ]);
  if (!paper) await shareAuthority(defaultStateFolder(slot));
  const cloud = await progress.step('cloud: network, S3, ACME, DNS, registry, Civo API', () =>
    startCloud({ slot, paper, mail: true }),
  );

  if (images) cloud.publish(images);
  const stack = new LocalStack(cloud, toolchain);
  const { changed, all } = await progress.step('pulumi up', async () => {
    await stack.prepare(images);
    return stack.up();
  });
  const outputs = await stack.outputs();
  stack.describe(ADMINISTRATOR);
  if (images) stack.announce(outputs, images, ADMINISTRATOR);
  console.log(report(cloud, stack, outputs, images));
  console.log(`\n${progress.summary()}\n`);
  const counted = `${String(changed)} of ${String(all)} resources`;
  console.log(
    changed === 0 && !cloud.started ? 'Nothing changed: all of it was up already.' : `Changed: ${counted}.`,
  );
}

/** All at once: each part asks for its own again, but then apt has nothing left to read and to install. */
const PACKAGES = [
  ...['ca-certificates', 'curl', 'openssh-client', 'openssl', 'iproute2', 'nftables', 'util-linux'],
  ...['debian-archive-keyring', 'e2fsprogs', 'mmdebstrap', 'systemd-container'],
];

const MACHINE_IMAGES = {
  nspawn: ensureImage,
  qemu: ensureVirtualImage,
  'qemu-older': ensureOlderImage,
};

async function installAndMakeImages(progress: Progress, paper: boolean): Promise<MastodonImages | undefined> {
  if (machinesPossible())
    await progress.step('host packages', () => ensureHostPackages(PACKAGES, console.log));
  if (paper) return undefined;
  // Side by side, too: each waits for downloads, and for dpkg, which installs one package after the other.
  const [images] = await Promise.all([
    progress.step("Mastodon's images", () => ensureImages(progress.part, localVersion())),
    progress.step('image of the machine', () => MACHINE_IMAGES[machineKind()](progress.part)),
    progress.step('mail catcher', () => ensureMailCatcher()),
  ]);
  return images;
}

function report(
  cloud: LocalCloud,
  stack: LocalStack,
  outputs: Outputs,
  images: MastodonImages | undefined,
): string {
  const { url, publicAddress, owner } = outputs;
  if (cloud.paper || !images) {
    return `
The program is up on a Civo on paper: no machine runs, so nothing answers at ${url}.
  Dashboard  ${cloud.civoApiUrl}/   state: ${cloud.stateFolder}/civo.json
  Pulumi     ${stack.commandLine('preview')}
As root on Linux the same command boots the machine.`;
  }
  const host = new URL(url).hostname;
  const media = `files.${host}`;
  const inSlot = cloud.slot === 0 ? '' : `LOCAL_SLOT=${String(cloud.slot)} `;
  const rules = [host, media].map((name) => `MAP ${name} ${publicAddress}`).join(', ');
  // Chromium does not start as root otherwise; with sudo, people start it as themselves.
  const sandbox = process.getuid?.() === 0 && !process.env.SUDO_USER ? '--no-sandbox ' : '';
  const software =
    images.kind === 'official' ? 'Mastodon' : 'A stand-in for Mastodon (its image registry is out of reach)';
  return `
${software} answers at ${url}

  Try it     curl --cacert ${cloud.acmeRoot} --resolve ${host}:443:${publicAddress} ${url}/api/v2/instance
  Browser    chromium ${sandbox}--user-data-dir="$(mktemp -d)" --ignore-certificate-errors --host-resolver-rules="${rules}" ${url}
             or any other: add this line to /etc/hosts, and import ${cloud.acmeRoot} as an authority:
             ${publicAddress} ${host} ${media}
  Log in     ${owner.email}   password: ${owner.password}
  Mail       ${cloud.mailPage ?? ''}   all that the server sends; nothing leaves this computer
  Dashboard  ${cloud.civoApiUrl}/
  Plan       ${limits(cloud, outputs)}
  SSH        ${stack.sshCommandLine(ADMINISTRATOR, outputs)}
  Commands   ${inSlot}bin/mastodon status --local, and all others: docs/commands.md
  Pulumi     ${stack.commandLine('preview')}
  Logs       ${cloud.stateFolder}/log, and the machine's console: ${inSlot}npx tsx local/machines/main.ts
${others(cloud)}  Remove     ${inSlot}make local-down`;
}

/** A line on the servers of other slots, if there are any. */
function others({ slot }: LocalCloud): string {
  const domains = announcedServers()
    .filter((server) => server.slot !== slot)
    .map(({ domain }) => domain);
  return domains.length === 0
    ? ''
    : `  Federate   make federate   beside this server: ${domains.join(', ')}\n`;
}

/** How far the machine is held to its plan's size. */
function limits(cloud: LocalCloud, { instanceId }: Outputs): string {
  if (cloud.machines !== 'nspawn') return 'memory, processors and disk are those of its size';
  const folder = join(cloud.stateFolder, 'machines');
  const machines = new NspawnMachines({ addresses: cloud.addresses, folder, authority: '' });
  const held = ['disk', ...machines.enforced(instanceId)];
  const shown = ['memory', 'processors'].filter((one) => !held.includes(one));
  return shown.length === 0
    ? 'memory, processors and disk are held to its size'
    : `${shown.join(' and ')}: shown as those of its size, but not enforced, as this computer's control groups can't; LOCAL_MACHINES=qemu does`;
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
