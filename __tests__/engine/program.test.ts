import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CivoApi, NO_TIME, paperBackends, startCivoApi } from '../../local/civo';
import { programSettings } from './programSettings';
import { createStack, Stack } from './stack';

const checkout = join(__dirname, '..', '..');

describe('the program on a local Civo without machines', () => {
  let folder: string;
  let civo: CivoApi;
  let stack: Stack;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'civo-'));
    civo = await startCivoApi({
      port: 0,
      stateFile: join(folder, 'civo.json'),
      backends: paperBackends(),
      timings: NO_TIME,
    });
    stack = await createStack({
      projectDir: checkout,
      config: programSettings(civo.url),
      env: { CIVO_TOKEN: civo.token },
    });
  });

  afterAll(async () => {
    stack.remove();
    await civo.close();
    rmSync(folder, { recursive: true });
  });

  test('comes up', async () => {
    const { stdout } = await stack.up();
    console.log(stdout);
  });

  test('shows no change in a preview after that', async () => {
    await stack.preview({ expectNoChanges: true });
  });

  test('goes down without leaving anything', async () => {
    await stack.destroy();
    console.log(readFileSync(join(folder, 'civo.json'), 'utf8').slice(0, 3000));
  });
});
