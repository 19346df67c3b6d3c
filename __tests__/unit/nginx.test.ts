/** nginx inherits no header into a block that adds one of its own, and says nothing of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const cloudInit = join(__dirname, '..', '..', 'cloud-init');
const files = ['root', 'handover'].flatMap((tree) =>
  readdirSync(join(cloudInit, tree, 'etc/nginx'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.conf'))
    .map((path) => join(tree, 'etc/nginx', path)),
);

/** The blocks of a file, each without those inside it. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let rest = text.replaceAll(/#.*$/gm, '').replaceAll(/\{\{\w+\}\}/g, 'value');
  for (let match = /\{([^{}]*)\}/.exec(rest); match; match = /\{([^{}]*)\}/.exec(rest)) {
    blocks.push(match[1] ?? '');
    rest = rest.replace(match[0], ';');
  }
  return blocks;
}

const HSTS = /include \/etc\/nginx\/mastodon\/headers\.conf;|add_header Strict-Transport-Security /;

test.each(files)('%s has HSTS in each block with headers of its own', (file) => {
  const blocks = blocksOf(readFileSync(join(cloudInit, file), 'utf8'));
  for (const block of blocks.filter((one) => one.includes('add_header '))) expect(block).toMatch(HSTS);
});

test('feeds are compressed as pages are', () => {
  const text = readFileSync(join(cloudInit, 'root/etc/nginx/sites-enabled/mastodon.conf'), 'utf8');
  const types = (/gzip_types ([^;]*);/.exec(text)?.[1] ?? '').split(' ');
  expect(types).toEqual(
    expect.arrayContaining(['application/rss+xml', 'application/activity+json', 'text/xml']),
  );
});
