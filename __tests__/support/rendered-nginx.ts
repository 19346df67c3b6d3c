/** The machine's nginx configuration, rendered as it lands there, with the paths of a machine below a folder of this computer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { handover } from '../../cloud-init/bundle';
import type { Settings } from '../../settings';
import { DEPLOY_KEY, exampleValues } from './example-handover';
import { exampleSettings } from './example-settings';

export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface RenderedNginx {
  readonly folder: string;
  /** The path here of one of the machine's. */
  readonly here: (path: string) => string;
  /** A text of the machine's with the paths that it has here. */
  readonly adapted: (text: string) => string;
  /** Where a part of nginx keeps what it has no room for in memory. */
  readonly temporary: string;
}

/** Writes everything below etc/nginx of both trees into a new folder below `parent`. */
export function renderNginx(
  parent: string,
  tls: KeyPair,
  changes: Record<string, unknown> = {},
  change: (text: string) => string = (text) => text,
): RenderedNginx {
  const folder = mkdtempSync(join(parent, 'machine-'));
  const unpacked = join(folder, 'bundle');
  mkdirSync(unpacked);
  execFileSync('bash', {
    cwd: unpacked,
    input: handover(exampleSettings(changes) as unknown as Settings, DEPLOY_KEY, exampleValues),
  });
  const here = (path: string) => join(folder, path);
  for (const path of ['etc/nginx/mastodon', 'etc/nginx/sites-enabled', 'var/cache/nginx', 'var/lib/nginx'])
    mkdirSync(here(path), { recursive: true });
  writeFileSync(here('etc/nginx/mastodon/resolver.conf'), 'resolver 127.0.0.53 valid=60s ipv6=off;\n');
  const adapted = (text: string) =>
    change(text)
      .replaceAll('/etc/mastodon/tls/fullchain.pem', tls.certificate)
      .replaceAll('/etc/mastodon/tls/privkey.pem', tls.key)
      .replaceAll('/etc/nginx/', here('etc/nginx/'))
      .replaceAll('/var/cache/nginx', here('var/cache/nginx'));
  for (const tree of ['root', 'handover']) {
    const source = join(unpacked, tree, 'etc/nginx');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.conf'),
    );
    for (const file of files)
      writeFileSync(here(join('etc/nginx', file)), adapted(readFileSync(join(source, file), 'utf8')));
  }
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${here(name)};\n`,
  );
  return { folder, here, adapted, temporary: temporary.join('') };
}
