/** A copy of this repository, after a clone and `npm ci`, and the commands that a user types there. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { copyCommunity } from './community/folder';
import { compileCache } from './compile-cache';

const original = join(__dirname, '..', '..');

export interface Said {
  code: number;
  said: string;
}

export class Checkout {
  readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly folder: string,
    env: NodeJS.ProcessEnv,
  ) {
    this.env = { ...env, ...compileCache() };
    const left = ['node_modules', '.git', '.local', 'coverage'];
    const filter = (path: string) => !left.includes(basename(path));
    cpSync(original, folder, { recursive: true, filter });
    copyCommunity(join(folder, 'community'));
    symlinkSync(join(original, 'node_modules'), join(folder, 'node_modules'));
    // Nothing to install.
    utimesSync(join(folder, 'package-lock.json'), 0, 0);
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
    // As a link it is no folder, which .gitignore names.
    writeFileSync(join(folder, '.git', 'info', 'exclude'), 'node_modules\n');
  }

  /** Settings of the stack prod, in its file. */
  changeSettings(changes: object): void {
    const file = join(this.folder, 'Pulumi.prod.yaml');
    const { config, ...rest } = parse(readFileSync(file, 'utf8')) as { config: object };
    const named = Object.entries(changes as Record<string, unknown>).map(
      ([key, value]) => [`mastodon-on-civo:${key}`, value] as const,
    );
    writeFileSync(file, stringify({ ...rest, config: { ...config, ...Object.fromEntries(named) } }));
  }

  commit(): void {
    const author = ['-c', 'user.name=test', '-c', 'user.email=test@toot.example'];
    execFileSync('git', ['add', '--all'], { cwd: this.folder });
    execFileSync('git', [...author, 'commit', '--quiet', '--message', 'test'], { cwd: this.folder });
  }

  /** Ends with the command's output. The local Civo may be in this process and answers meanwhile, so nothing here may block. */
  run(command: string, args: readonly string[], env = this.env): Promise<Said> {
    return new Promise((resolve) => {
      const child = spawn(command, args, { cwd: this.folder, env });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      child.on('close', (code) => {
        resolve({ code: code ?? 1, said });
      });
    });
  }
}

/** What a command says, if it succeeds. */
export async function success(done: Promise<Said>): Promise<string> {
  const { code, said } = await done;
  if (code === 0) return said;
  throw new Error(`exit code ${String(code)}:\n${said}`);
}
