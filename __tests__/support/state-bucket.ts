/** A bucket for stacks' states on a real S3 server, as docs/state.md describes it for Civo. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Toolchain } from '../../local/toolchain';
import { freePort } from './free-endpoint';

const KEY = { AWS_ACCESS_KEY_ID: 'state', AWS_SECRET_ACCESS_KEY: 'secret-of-the-state' };

export class StateBucket {
  private constructor(
    private readonly process: ChildProcess,
    /** Where its objects lie as files. */
    readonly folder: string,
    /** For `pulumi login`; Civo's is TLS. */
    readonly url: string,
  ) {}

  /** What opens it. */
  readonly key = KEY;

  static async start({ binaries }: Toolchain, folder: string): Promise<StateBucket> {
    const bucket = join(folder, 'state');
    mkdirSync(bucket, { recursive: true });
    const address = `127.0.0.1:${String(await freePort())}`;
    const child = spawn(binaries.versitygw, ['--port', address, '--region', 'LON1', 'posix', folder], {
      env: {
        ...process.env,
        ROOT_ACCESS_KEY: KEY.AWS_ACCESS_KEY_ID,
        ROOT_SECRET_KEY: KEY.AWS_SECRET_ACCESS_KEY,
      },
      stdio: 'ignore',
    });
    const answers = () =>
      fetch(`http://${address}/`).then(
        () => true,
        () => false,
      );
    while (!(await answers())) await sleep(100);
    const url = `s3://state?endpoint=${address}&region=LON1&s3ForcePathStyle=true&disableSSL=true`;
    return new StateBucket(child, bucket, url);
  }

  stop(): Promise<void> {
    this.process.kill();
    return Promise.resolve();
  }
}
