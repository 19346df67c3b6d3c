/** The machine's own `tune`, run in a folder of this computer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const library = join(__dirname, '../../cloud-init/root/usr/local/lib');
const TUNE = readFileSync(join(library, 'mastodon/tune'), 'utf8');

export interface Tuned {
  /** What stands for /etc/mastodon. */
  readonly etc: string;
  /** What stands for /etc/nginx: it has the distribution's nginx.conf. */
  readonly nginx: string;
  readonly memoryMb: number;
  /** As many as this computer has, where left out. */
  readonly processors?: number;
}

/** Runs it as on a machine of that size. A kernel keeps some of the memory for itself. */
export function tune({ etc, nginx, memoryMb, processors }: Tuned): void {
  mkdirSync(etc, { recursive: true });
  const meminfo = join(etc, 'meminfo');
  writeFileSync(meminfo, `MemTotal: ${String(Math.round(memoryMb * 1024 * 0.96))} kB\n`);
  const programs = join(etc, 'bin');
  mkdirSync(programs, { recursive: true });
  if (processors !== undefined)
    writeFileSync(join(programs, 'getconf'), `#!/bin/sh\necho ${String(processors)}\n`, { mode: 0o755 });
  execFileSync('bash', {
    input: TUNE.replaceAll('/etc/nginx', nginx)
      .replaceAll('/usr/local/lib', library)
      .replaceAll(/\/etc\/mastodon\b/g, etc)
      .replaceAll('/proc/meminfo', meminfo),
    env: { ...process.env, PATH: [programs, process.env.PATH].join(delimiter) },
  });
}
