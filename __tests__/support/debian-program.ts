/** Programs of the distribution without installing them: nothing starts on this computer, and no file of it changes. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachedFolder } from '../../local/toolchain/cache';

const run = promisify(execFile);

const show = async (name: string) =>
  (await run('apt-cache', ['show', '--no-all-versions', name]).catch(() => ({ stdout: '' }))).stdout;

interface Beside {
  /** Packages that are unpacked into the same folder. */
  readonly others?: readonly string[];
  /** Whether the libraries that the package names are, too. */
  readonly libraries?: boolean;
}

/** The folder that holds the files of a package that apt would install. */
export async function debianPackage(
  name: string,
  { others = [], libraries = false }: Beside = {},
): Promise<string> {
  // A fresh machine has no list of packages.
  if ((await show(name)) === '') await run('apt-get', ['update', '-q']);
  const control = await show(name);
  const version = /^Version: (\S+)$/m.exec(control)?.[1] ?? 'unknown';
  const depends = /^Depends: (.*)$/m.exec(control)?.[1] ?? '';
  const named = [...depends.matchAll(/(?:^|, )(lib[\w.+-]+)/g)].map(([, library = '']) => library);
  const beside = [...others, ...(libraries ? named : [])];
  const folder = [
    name,
    ...others,
    version.replaceAll(/[^\w.]/g, '-'),
    ...(libraries ? ['libraries'] : []),
  ].join('-');
  return cachedFolder(folder, async (made) => {
    const download = () => run('apt-get', ['download', '-q', name, ...beside], { cwd: made });
    // A stale list names versions that are gone.
    await download().catch(() => run('apt-get', ['update', '-q']).then(download));
    for (const file of readdirSync(made)) await run('dpkg-deb', ['--extract', join(made, file), made]);
  });
}
