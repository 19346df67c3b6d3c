/** Files as others publish them, in place of the community's own: modelled on the shapes that are found. */
import { folder, problems, sound } from '../support/community/files';

const H = '#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate';
const LOUD = { domain: 'loud.example', severity: 'silence', rejectMedia: true, rejectReports: false };

test.each([
  ['Mastodon', `${H}\nloud.example,silence,true,false,"Noise, and more",false\n`],
  ['IFTAS', `${H}\r\nloud.example,silence,TRUE,FALSE,"Noise, and more",FALSE\r\n`],
  ['fediblockhole', `${H.replaceAll('#', '')}\r\nloud.example,silence,True,False,"Noise, and more",False\r\n`],
  ['tier0', 'domain,severity,public_comment,reject_media,reject_reports,obfuscate\nloud.example,silence,"Noise, and more",True,False,False\n'],
  ['who pastes it', `${H.replaceAll(',', ', ')}\nloud.example, silence, true, false, "Noise, and more", false\n`],
  ['who quotes it', `\ufeff${H.replace(/#(\w+)/g, '"$1"')}\n"loud.example","silence",True,FALSE,"Noise, and more",\n`],
  ['who puts blanks behind #', `${H.replaceAll('#', '# ')}\nloud.example,silence,true,false,"Noise, and more",false\n`],
])('takes domain blocks in the shape of %s', (_, text) => {
  expect(sound(folder({ 'domain-blocks.csv': text })).community.domainBlocks).toEqual([
    { ...LOUD, publicComment: 'Noise, and more', obfuscate: false, reasonUrl: '' },
  ]);
}); // prettier-ignore

test('takes an allow list with an empty second column', () => {
  const { community } = sound(folder({ 'domain-allows.csv': 'domain,\nx.example,\ny.example,\n' }));
  expect(community.domainAllows).toEqual([{ domain: 'x.example' }, { domain: 'y.example' }]);
});

test('takes the rows of real servers: top-level domains, names without a dot, addresses, and what a parent covers', () => {
  const rows = ['cf', 'misskey-forkbomb', '192.0.2.7', '2001:db8::1', 'big.example', 'a.big.example', 'xn--p1ai'];
  const text = `${H}\r\n${rows.map((domain) => `${domain},suspend,False,False,,False`).join('\r\n')}\r\n`;
  expect(sound(folder({ 'domain-blocks.csv': text })).community.domainBlocks.map(({ domain }) => domain)).toEqual(rows);
}); // prettier-ignore

test.each([
  ['the canary of tier0', 'domain,severity,public_comment\n"000delete.this.line if you, read it",suspend,x\n', 'domain-blocks.csv:2: '],
  ['tier0 in another order than its header', `${H}\nloud.example,silence,delete this line,false,false,false\n`, 'domain-blocks.csv:2: reject_media "delete this line" is neither true nor false'],
  ['private comments', 'domain,severity,private_comment,public_comment\nloud.example,silence,x,x\n', 'domain-blocks.csv:1: private_comment is no column'],
  ['domains alone', 'loud.example\nspam.example\n', 'domain-blocks.csv:1: names no column; expected this as the first line: #domain'],
  ['an obfuscated row', `${H}\nkar*.**ru,suspend,False,False,,False\n`, 'domain-blocks.csv:2: kar*.**ru: is a pattern'],
  ['a page in place of a file', '<!doctype html>\n<html></html>\n', 'domain-blocks.csv:1: names no column'],
])('refuses %s, with file and line', (_, text, expected) => {
  expect(problems({ 'domain-blocks.csv': text }).join('\n')).toContain(expected);
}); // prettier-ignore
