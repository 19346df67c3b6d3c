/** docs/unproven.md lists every guess about Civo that the code makes, with commands that work. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { projectFiles } from '../support/project-files';
import { TestCivo } from '../support/test-civo';

const checkout = join(__dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(checkout, ...path), 'utf8');

/** The parts of the page, each with its heading. A guess has its id, in backquotes, as heading. */
const parts = read('docs', 'unproven.md')
  .split(/^(?=#{2,4} )/m)
  .map((text) => {
    const [, heading = ''] = /^#+ (.*)/.exec(text) ?? [];
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
    return { id: /^`(.+)`$/.exec(heading)?.[1], commands: blocks.join('') };
  });
const guesses = parts.flatMap(({ id }) => id ?? []);

/** Ids of all marks, `[unproven: id]`, in files below `folder`. */
function marks(folder: string): string[] {
  return projectFiles(folder)
    .filter((path) => /\.(ts|sh|yaml)$/.test(path))
    .flatMap((path) => read(path).match(/\[unproven.*?\]/g) ?? [])
    .map((mark) => /^\[unproven: ([a-z-]+)\]$/.exec(mark)?.[1] ?? `${mark}: without an id`);
}

test('the page lists each guess that the code marks, and no other', () => {
  const found = ['local', 'components', 'cloud-init'].flatMap(marks);
  expect(found).not.toEqual([]);
  expect(new Set(guesses)).toEqual(new Set(found));
  expect(guesses).toHaveLength(new Set(guesses).size);
});

test('each row of its tables has all its cells, and no matter is there twice', () => {
  const rows = read('docs', 'unproven.md')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
  let width = 0;
  const broken = rows.filter((cells) => {
    if (cells[0] === 'matter') width = cells.length;
    return cells.length !== width || cells.includes('');
  });
  expect(broken).toEqual([]);
  // A quotation that has lost its end.
  const halves = rows.flat().filter((cell) => ['"', '`'].some((mark) => cell.split(mark).length % 2 === 0));
  expect(halves).toEqual([]);
  const matters = rows.map(([matter = '']) => matter).filter((matter) => !/^(matter|-+)$/.test(matter));
  expect(matters.filter((matter, i) => matters.indexOf(matter) !== i)).toEqual([]);
});

describe('its commands, on the local Civo', () => {
  let civo: TestCivo;
  /** Whatever the commands of each guess print, by its id. */
  const printed = new Map<string, string>();

  beforeAll(async () => {
    civo = await TestCivo.start({
      timings: {
        // Long enough to be met by the command that follows.
        instanceBuilding: 2_000,
        volumeDetaching: 2_000,
        objectStoreDeleting: 2_000,
        poolScaling: 2_000,
        inUseLag: 2_000,
      },
    });
    const script = parts.map(({ id, commands }) => `echo '@@${id ?? ''}@@'\n${commands}`).join('');
    const [, ...sections] = (await run(script)).split(/^@@(.*)@@$/m);
    for (let i = 0; i < sections.length; i += 2) printed.set(sections[i] ?? '', sections[i + 1] ?? '');
  }, 120_000);
  afterAll(() => civo.stop());

  /** Standard output and error of bash. */
  async function run(script: string): Promise<string> {
    const env = {
      ...process.env,
      CIVO_API_URL: civo.api.url,
      CIVO_TOKEN: civo.api.token,
      CIVO_REGION: 'LON1',
    };
    const bash = spawn('bash', ['-c', `exec 2>&1\n${script}`], { env: { ...env, PAUSE: '0.1' } });
    let output = '';
    bash.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await once(bash, 'close');
    return output;
  }

  const expected = parts.flatMap(({ id, commands }) =>
    [...commands.matchAll(/^# here: (.+)$/gm)].map(([, answer = '']) => [id ?? '', answer] as const),
  );
  test.each(expected)('%s: %s', (id, answer) => {
    expect(printed.get(id)).toContain(answer);
  });

  test('ask for nothing that it does not serve', () => {
    expect([...printed.values()].join('')).not.toContain('not_served_locally');
  });

  test('leave nothing behind', () => {
    const { networks, firewalls, ledger, ...kinds } = { ...civo.state, ghosts: [] };
    expect(Object.values(kinds).filter(Array.isArray).flat()).toEqual([]);
    // What comes with the account stays.
    expect(networks.every((network) => network.default)).toBe(true);
    expect(firewalls.every((firewall) => firewall.name === 'Default (all open)')).toBe(true);
    expect(ledger.filter(({ to }) => to === undefined)).toEqual([]);
  });
});
