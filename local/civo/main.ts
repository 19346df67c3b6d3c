/** Starts only the Civo API, on paper: `npx tsx local/civo/main.ts --port 7480 --state .local/0/civo.json` */
import { parseArgs } from 'node:util';

import { readScenario } from './faults/scenario';
import { paperBackends, startCivoApi } from './index';

const USAGE =
  'Usage: npx tsx local/civo/main.ts [--port 7480] [--state civo.json] [--token local] [--scenario faults.yaml]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '7480' },
      state: { type: 'string', default: 'civo.json' },
      token: { type: 'string' },
      scenario: { type: 'string' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`--port ${values.port} is not a port`);
  const api = await startCivoApi({
    port,
    stateFile: values.state,
    backends: paperBackends(),
    ...(values.token !== undefined && { token: values.token }),
    ...(values.scenario !== undefined && { scenario: readScenario(values.scenario) }),
    log: (line) => {
      console.error(line);
    },
  });
  console.log(`# A Civo on paper: no machine runs, no packet flows. State: ${values.state}`);
  console.log(`export CIVO_API_URL=${api.url}`);
  console.log(`export CIVO_TOKEN=${api.token}`);
  console.log('export CIVO_REGION=LON1');
  console.log(`# Dashboard: ${api.url}/`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void api.close());
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(USAGE);
  process.exitCode = 1;
});
