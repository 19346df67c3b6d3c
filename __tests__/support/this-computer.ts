import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';

/** What figures are reported with: processors, memory, versions, and the commit of this checkout. */
export function machine(): string {
  const [processor] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: __dirname,
    encoding: 'utf8',
  }).trim();
  return `${String(cpus().length)} × ${processor?.model ?? 'unknown'}, ${String(memory)} GiB, Linux ${release()}, Node ${process.version}, commit ${commit}`;
}
