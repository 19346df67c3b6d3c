/** The units that Podman 4.9.3 makes of our container files are the recorded ones: RECORD=1 records them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGoTools, goModules } from '../../local/toolchain/go';
import { generatedUnits, RECORDED } from '../support/quadlet/units';

test('Podman 4.9.3 makes the recorded units of our container files', async () => {
  const units = generatedUnits(join(await buildGoTools(goModules.podman), 'quadlet'));
  if (process.env.RECORD === '1') writeFileSync(RECORDED, units);
  expect(units).toBe(readFileSync(RECORDED, 'utf8'));
}, 1_800_000);
