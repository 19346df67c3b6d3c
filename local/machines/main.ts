/** Looks at and switches the machines of a local cloud by hand: `npx tsx local/machines/main.ts` describes how. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudAddresses, slotFromEnvironment } from '../addresses';
import { machinesOf } from '../cloud';
import { localMachines } from './index';
import { isAlive, processChain, readMark } from './process';

const USAGE = `usage: npx tsx local/machines/main.ts list | shell ID | console ID | start ID | stop ID | reboot ID | cut-power ID
ID may be the beginning of a machine's id. LOCAL_SLOT names the cloud (0).`;

async function main([command, prefix]: string[]): Promise<void> {
  const addresses = cloudAddresses(slotFromEnvironment());
  const state = join(__dirname, '..', '..', '.local', String(addresses.slot));
  const folder = join(state, 'machines');
  const machines = localMachines(machinesOf(state), { addresses, folder, authority: join(state, 'ca.pem') });
  const ids = readdirSync(folder);
  if (command === 'list') {
    for (const id of ids) console.log(id, (await machines.running(id)) ? 'on' : 'off');
    return;
  }
  const id = ids.find((one) => prefix !== undefined && one.startsWith(prefix));
  if (id === undefined)
    throw new Error(prefix === undefined ? USAGE : `no machine's id begins with ${prefix}`);
  const commands: Record<string, () => unknown> = {
    shell: () => {
      enter(join(folder, id, 'pid.json'));
    },
    console: () => process.stdout.write(readFileSync(machines.consoleLog(id), 'utf8')),
    start: () => machines.start(id),
    stop: () => machines.stop(id),
    reboot: () => machines.reboot(id),
    'cut-power': () => machines.cutPower(id),
  };
  const action = commands[command ?? ''];
  if (!action) throw new Error(USAGE);
  await action();
}

/** A root shell inside the machine, past SSH and firewall. */
function enter(pidFile: string): void {
  const mark = readMark(pidFile);
  const inner = mark && isAlive(mark) ? processChain(mark)[2] : undefined;
  if (!inner) throw new Error('the machine is off, or it is a virtual machine: those are entered by SSH');
  spawnSync('nsenter', ['--target', String(inner.pid), '--all', '--', '/bin/bash', '--login'], {
    stdio: 'inherit',
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
