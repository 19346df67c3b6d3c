/** Runs the stand-in images without a container engine: their layers unpacked, each process in a chroot of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MastodonImage } from '../../../local/stand-in/oci';
import type { ImageConfig } from '../../../local/stand-in/oci';

const run = promisify(execFile);

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export class Container {
  private constructor(
    readonly root: string,
    private readonly config: ImageConfig,
  ) {}

  /** Unpacks an image into `root`. */
  static async unpack(image: MastodonImage, root: string): Promise<Container> {
    mkdirSync(root);
    const blob = (digest: string) => join(image.layout, 'blobs', 'sha256', digest.replace('sha256:', ''));
    const read = (digest: string): unknown => JSON.parse(readFileSync(blob(digest), 'utf8'));
    const manifest = read(image.digest) as { config: { digest: string }; layers: { digest: string }[] };
    for (const { digest } of manifest.layers) {
      await run('tar', [
        '--extract',
        '--gzip',
        '--numeric-owner',
        '--file',
        blob(digest),
        '--directory',
        root,
      ]);
    }
    return new Container(root, (read(manifest.config.digest) as { config: ImageConfig }).config);
  }

  /** Starts a command as the image's user, in its folder, with its environment and `env`. */
  start(command: string[], env: Record<string, string> = {}): ChildProcess {
    const [program = '', ...words] = this.words(command, env);
    return spawn(program, words);
  }

  /** The command that starts it, for another process to run. */
  words(command: string[], env: Record<string, string> = {}): string[] {
    // A container's first process has the number 1; here it says itself that it reaps.
    const assignments = [
      'TINI_SUBREAPER=1',
      ...this.config.Env,
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ];
    const enter =
      'mount --bind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot --userspec=991:991 "$0" env -i "$@"';
    return [
      ...[
        'unshare',
        '--mount',
        'sh',
        '-c',
        enter,
        this.root,
        `--chdir=${this.config.WorkingDir}`,
        ...assignments,
      ],
      ...[...(this.config.Entrypoint ?? []), ...command],
    ];
  }

  /** Runs a command to its end. */
  async run(command: string[], env: Record<string, string> = {}, stdin = ''): Promise<Outcome> {
    const child = this.start(command, env);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin?.end(stdin);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, stdout, stderr };
  }
}
