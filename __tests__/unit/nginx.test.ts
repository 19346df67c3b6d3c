/** nginx inherits no header into a block that adds one of its own, and says nothing of it. */
import { spawnSync } from 'node:child_process';
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

/** nginx sends on, and answers with, what these hold as it is: line breaks, spaces and "?", too. $host is a name, $request_uri undecoded. */
const DECODED = /\$(uri|document_uri|\d|arg_\w+|args|query_string|is_args|http_(?!upgrade)\w+)\b/;

test('what is decoded out of a request goes nowhere but to the one location of plain paths', () => {
  const found = files.flatMap((file) =>
    readFileSync(join(cloudInit, file), 'utf8')
      .replaceAll(/#.*$/gm, '')
      .split('\n')
      .filter((line) => /^\s*(proxy_\w+|return|rewrite|add_header|set)\s/.test(line) && DECODED.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  // engine/media-host.test.ts proves that one.
  expect(found).toEqual([
    'handover/etc/nginx/sites-enabled/media.conf: proxy_pass https://$media_host/{{mediaBucket}}$uri;',
  ]);
});

test('feeds are compressed as pages are', () => {
  const text = readFileSync(join(cloudInit, 'root/etc/nginx/sites-enabled/mastodon.conf'), 'utf8');
  const types = (/gzip_types ([^;]*);/.exec(text)?.[1] ?? '').split(' ');
  expect(types).toEqual(
    expect.arrayContaining(['application/rss+xml', 'application/activity+json', 'text/xml']),
  );
});

test('media that are deleted are gone after an hour, as the store is asked again', () => {
  const text = readFileSync(join(cloudInit, 'handover/etc/nginx/sites-enabled/media.conf'), 'utf8');
  expect(text.match(/proxy_cache_valid .*/g)).toEqual(['proxy_cache_valid 200 1h;']);
  expect(text).toContain('proxy_cache_revalidate on;');
  // Else a deleted file would be served for as long as its entry is there.
  expect(text).not.toMatch(/proxy_cache_use_stale [^;]*http_404|proxy_cache_background_update on/);
});

describe('the name servers that nginx asks', () => {
  const [, body = ''] =
    /^(resolver_of\(\) \{\n.*?^\})/ms.exec(
      readFileSync(join(cloudInit, 'steps/1-boot/50-services.sh'), 'utf8'),
    ) ?? [];
  const resolverOf = (...lines: string[]) => {
    const script = `fail() { echo "$1" >&2; exit 1; }\n${body}\nresolver_of /dev/stdin`;
    const { stdout, stderr } = spawnSync('bash', ['-euc', script], {
      input: lines.join('\n'),
      encoding: 'utf8',
    });
    return stdout + stderr;
  };

  test('are those of the machine, IPv6 in brackets', () => {
    expect(resolverOf('search example', 'nameserver 127.0.0.53', 'options edns0')).toBe(
      'resolver 127.0.0.53 valid=60s ipv6=off;\n',
    );
    expect(resolverOf('nameserver 2001:db8::53', 'nameserver 192.0.2.53')).toBe(
      'resolver [2001:db8::53] 192.0.2.53 valid=60s ipv6=off;\n',
    );
  });

  test('are an error where there is none that nginx can ask', () => {
    const none = /has no name server that nginx can ask.*resolvectl status/;
    expect(resolverOf('search example')).toMatch(none);
    expect(resolverOf('nameserver fe80::1%eth0')).toMatch(none);
    expect(resolverOf('nameserver 1.1.1.1;return')).toMatch(none);
  });
});
