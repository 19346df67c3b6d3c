/** The shapes in which lists of blocks are published, made up after real ones. */
import { ListError, readList, unusableLine } from '../../community-files/published-list';

const H = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
const F = 'domain,severity,reject_media,reject_reports,public_comment,obfuscate';
const crlf = (text: string) => text.replaceAll('\n', '\r\n');

/** `domain severity`, then M for no media, R for no reports, O for obfuscated, then the comment. */
function said(text: string): string[] {
  return readList('a', text).blocks.map(
    ({ domain, severity, rejectMedia, rejectReports, obfuscate, publicComment }) =>
      `${domain} ${severity} ${rejectMedia ? 'M' : ''}${rejectReports ? 'R' : ''}${obfuscate ? 'O' : ''} ${publicComment}`
        .replace(/ +/g, ' ')
        .trim(),
  );
}
const unused = (text: string) => readList('a', text).unusable.map(unusableLine);

test.each<[string, string, string[]]>([
  [
    "Mastodon's export",
    `${H}\nbad.example,suspend,true,true,"Hate, and spam",false\nloud.example,silence,false,false,,true\n`,
    ['bad.example suspend MR Hate, and spam', 'loud.example silence O'],
  ],
  [
    'an export as others republish it, with CRLF and capitals',
    crlf(`${H}\nbad.example,suspend,FALSE,TRUE,,FALSE\n`),
    ['bad.example suspend R'],
  ],
  [
    "fediblockhole's output, with rows below others and Punycode",
    crlf(`${F}\nbad.example,suspend,False,False,Hate,False\nsub.bad.example,silence,True,False,,False\nxn--bcher-kva.example,suspend,True,True,,True\n`),
    ['bad.example suspend Hate', 'sub.bad.example silence M', 'xn--bcher-kva.example suspend MRO'],
  ],
  [
    'columns in another order, with a canary in the first row',
    'domain,severity,public_comment,reject_media,reject_reports,obfuscate\n000delete.this.line.if.you.have.read.the.docs.example,suspend,Delete this line,False,False,False\nbad.example,suspend,Hate,False,True,False\n',
    ['000delete.this.line.if.you.have.read.the.docs.example suspend Delete this line', 'bad.example suspend R Hate'],
  ],
  [
    'a header that is not that of its columns: the comments are flags and say nothing, and the canary is left out',
    `${H}\n000delete.this.line.example,suspend,Delete this line,false,false,false\nbad.example,suspend,,false,false,false\nloud.example,silence,,false,false,false\n`,
    ['bad.example suspend', 'loud.example silence'],
  ],
  [
    'everything quoted, with bare flags, empty cells and a media block',
    '"domain","severity","private_comment","public_comment","reject_media","reject_reports","obfuscate"\n"media.example","noop","Ours","No media, please",True,FALSE,\n"bad.example","suspend",,"Hate",,,\n',
    ['media.example noop M No media, please', 'bad.example suspend Hate'],
  ],
  [
    'two comments',
    'domain,severity,private_comment,public_comment\nbad.example,suspend,Hate,Hate\n',
    ['bad.example suspend Hate'],
  ],
  [
    'blanks after the commas of the header and of the rows',
    '#domain, #severity, #reject_media, #reject_reports, #public_comment, #obfuscate\nloud.example, silence, true, false, Noise, false\n',
    ['loud.example silence M Noise'],
  ],
  [
    'blanks before the quotes',
    '"#domain", "#severity", "#public_comment"\n"loud.example", "silence", "Noise, and more"\n',
    ['loud.example silence Noise, and more'],
  ],
  ['a BOM', `\uFEFF${H}\nloud.example,silence,true,true,Noise,true\n`, ['loud.example silence MRO Noise']],
  [
    'domains alone, one a line, with comments and CRLF',
    crlf('# The worst, of 2026\n\nbad.example\nworse.example\n'),
    ['bad.example suspend', 'worse.example suspend'],
  ],
  ['domains alone below a header', '#domain\nbad.example\n', ['bad.example suspend']],
  [
    'domains and severities without a header',
    'bad.example,suspend\nloud.example,silence\n',
    ['bad.example suspend', 'loud.example silence'],
  ],
  [
    'limit, which is silence, and capitals',
    `${H}\nloud.example,limit,,,,\nLoud2.Example,Silence,,,,\n`,
    ['loud.example silence', 'loud2.example silence'],
  ],
  [
    'yes, no, t and f',
    `${H}\na.example,silence,yes,no,,1\nb.example,silence,T,F,,0\n`,
    ['a.example silence MO', 'b.example silence M'],
  ],
  [
    'addresses: a final dot, a scheme, a port',
    'https://a.example/\nb.example.\nc.example:8080\nhttp://d.example:3000/\nBücher.example\n',
    ['a.example suspend', 'b.example suspend', 'c.example suspend', 'd.example suspend', 'xn--bcher-kva.example suspend'],
  ],
  [
    'a comment of two lines',
    `${H}\nbad.example,suspend,,,"Hate\nand spam",\n`,
    ['bad.example suspend Hate and spam'],
  ],
  [
    'rows of commas alone, as spreadsheets add them, and mixed ends of lines',
    `${H}\r\nbad.example,suspend,,,,\n,,,,,\nworse.example,suspend,,,,,\r\n`,
    ['bad.example suspend', 'worse.example suspend'],
  ],
])('understands a list with %s', (_, text, expected) => {
  expect(said(text)).toEqual(expected);
}); // prettier-ignore

test('a long comment is cut, and the block stays; no character is cut in two', () => {
  const [block] = readList('a', `${H}\nbad.example,suspend,,,${'x'.repeat(498)}🦣🦣,\n`).blocks;
  expect(block?.publicComment).toBe(`${'x'.repeat(498)}…`);
  expect(said(`${H}\nbad.example,suspend,,,${'x'.repeat(500)},\n`)[0]).toHaveLength(20 + 500);
});

test('what a public list of a real server has besides servers is named with its line and the reason', () => {
  const rows = ['cf', 'misskey-forkbomb', '192.0.2.7', '2001:db8::1', 'kar*.**ru', '*.bad.example', 'a.example/@bob'];
  const good = Array.from({ length: 8 }, (_, i) => `good-${String(i)}.example,suspend,False,False,,False`);
  const text = [F, ...rows.map((row) => `${row},suspend,False,False,,False`), ...good].join('\r\n');
  expect(unused(text)).toEqual([
    expect.stringMatching(/^line 2: cf,suspend,False,False,,False \(.*top-level domain.*\)$/),
    expect.stringMatching(/^line 3: misskey-forkbomb.* \(.*\)$/),
    expect.stringMatching(/^line 4: 192\.0\.2\.7.* \(is an IP address: no server is known by one\)$/),
    expect.stringMatching(/^line 5: 2001:db8::1.* \(is an IP address/),
    expect.stringMatching(/^line 6: kar\*\.\*\*ru.* \(is obfuscated, or a pattern\)$/),
    expect.stringMatching(/^line 7: \*\.bad\.example.* \(is obfuscated, or a pattern\)$/),
    expect.stringMatching(/^line 8: a\.example\/@bob.* \(a\.example\/@bob: is an address/),
  ]);
  expect(said(text)).toHaveLength(8);
}); // prettier-ignore

test('a third of obfuscated rows, as of mastodon.social, is left out', () => {
  const rows = Array.from({ length: 100 }, (_, i) => `${i % 3 === 0 ? 'b**' : 'bad'}-${String(i)}.example,suspend,,,,`);
  const { blocks, unusable } = readList('a', [H, ...rows].join('\n'));
  expect([blocks.length, unusable.length]).toEqual([66, 34]);
}); // prettier-ignore

test('a row without a severity, with another one, or with an unknown flag is not guessed at', () => {
  const good = 'a.example,suspend\nb.example,suspend\nc.example,suspend\nd.example,suspend\n';
  const text = `${H}\nw.example,,,,,\nx.example,ban,,,,\ny.example,silence,maybe,,,\nz.example,silence,,,Hate, and spam,false\n${good}`;
  expect(unused(text)).toEqual([
    'line 2: w.example,,,,, (has no severity)',
    'line 3: x.example,ban,,,, (severity "ban" is unknown)',
    'line 4: y.example,silence,maybe,,, (reject_media is neither true nor false)',
    expect.stringContaining('(has 7 values for 6 columns; is a text with commas not in quotes?)'),
  ]);
});

test('a line that is shown controls no terminal, and is cut', () => {
  const line = unusableLine({ line: 3, text: `\u001b[2Jb**.example\r\n${'x'.repeat(200)}`, why: 'is obfuscated' });
  expect(line).toMatch(/^line 3: {2}\[2Jb\*\*\.example {2}x+… \(is obfuscated\)$/);
  expect(line.length).toBeLessThan(140);
}); // prettier-ignore

test.each<[string, string, string]>([
  ['an empty file', '', 'is empty'],
  ['comments alone', '# nothing\n# here\n', 'is empty'],
  ['a header alone', `${H}\n`, 'has a header, and no block below it'],
  ['the page of a bot check', '<!doctype html><title>Just a moment…</title>', 'is HTML, XML or JSON'],
  ['a page with quotes', '\n<html lang="en"><body class="x">', 'is HTML, XML or JSON'],
  ['an answer of an API', '{"error":"This method requires an authenticated user"}', 'is HTML, XML or JSON'],
  ['a page of text', 'Not Found\n', 'only 0 of 1 lines can be used'],
  ['UTF-16', Buffer.from(`\uFEFF${H}\n`, 'utf16le').toString('utf8'), 'is not text in UTF-8'],
  ['semicolons', `${H.replaceAll(',', ';')}\nbad.example;suspend;;;;\n`, 'line 1: its columns seem to be separated by semicolons; expected commas'],
  ['semicolons and no header', 'bad.example;suspend\n', 'semicolons; expected commas'],
  ['tabs', `${H.replaceAll(',', '\t')}\nbad.example\tsuspend\n`, 'separated by tabs; expected commas'],
  ["whom to allow, with oliphant's header", 'domain,\nfriend.example,\n', 'line 1: the header has more columns than domain, and none is severity'],
  ['comments and no severity', '#domain,#public_comment\nloud.example,Noise\n', 'none is severity'],
  ['a misspelt column', '#domain,#severty\nloud.example,silence\n', 'none is severity'],
  ['a header without domain', 'instance,severity\nbad.example,suspend\n', 'line 1: there is no column domain; expected the first line #domain'],
  ['rows of an export without their header', 'bad.example,suspend,false,false,Hate,false\n', 'line 1: there is no column domain'],
  ['severities that are all empty', `${H}\na.example,,,,,\nb.example,,,,,\n`, 'only 0 of 2 lines can be used: line 2: a.example,,,,, (has no severity)'],
  ['mostly obfuscated rows', 'a.example\nb**.example\nc**.example\n', 'only 1 of 3 lines can be used'],
  ['a quote that is not closed', `${H}\nbad.example,suspend,,,"Hate,\n`, 'line 2: '],
])('refuses a list of %s as a whole', (_, text, expected) => {
  expect(() => readList('a', text)).toThrow(ListError);
  expect(() => readList('a', text)).toThrow(expected);
}); // prettier-ignore
