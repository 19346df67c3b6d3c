import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type RunRequest, RunResponse } from '@pulumi/pulumi/proto/language_pb';
import { decode, plain } from '../values';

/** What the SDK's runner exits with after it has shown the user the error. */
const EXIT_AFTER_MESSAGE = 32;

/** The `runtime.options` of Pulumi.yaml. */
interface RuntimeOptions {
  typescript?: boolean;
  tsconfig?: string;
  nodeargs?: string;
  packagemanager?: string;
}

/** Runs the program by the SDK's own runner, as the official language host does. */
export async function runProgram(request: RunRequest, engineAddress: string): Promise<RunResponse> {
  const info = request.getInfo();
  if (!info) throw new Error('the engine gave no program to run');
  const options = plain(decode(info.getOptions())) as RuntimeOptions;
  const runner = createRequire(join(info.getProgramDirectory(), 'package.json')).resolve(
    '@pulumi/pulumi/cmd/run',
  );
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: request.getParallel().toString(),
    'root-directory': info.getRootDirectory(),
  };
  const args = [
    ...(options.nodeargs?.split(/\s+/).filter(Boolean) ?? []),
    runner,
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ...(request.getDryrun() ? ['--dry-run'] : []),
    info.getEntryPoint() === '' ? '.' : info.getEntryPoint(),
    ...request.getArgsList(),
  ];
  const env = { ...process.env, ...configuration(request), ...typescript(options) };
  return describeEnd(await runNode(args, { cwd: request.getPwd(), env }));
}

function configuration(request: RunRequest): NodeJS.ProcessEnv {
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

function typescript(options: RuntimeOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  if (options.typescript !== false) env.PULUMI_NODEJS_TYPESCRIPT = 'true';
  if (options.tsconfig !== undefined) env.PULUMI_NODEJS_TSCONFIG_PATH = options.tsconfig;
  return env;
}

/** The program writes to this process's own output, which the engine shows. */
function runNode(
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve(code ?? signal ?? 1);
    });
  });
}

function describeEnd(end: number | NodeJS.Signals): RunResponse {
  const response = new RunResponse();
  if (end === EXIT_AFTER_MESSAGE) return response.setBail(true);
  if (end === 0) return response;
  return response.setError(
    typeof end === 'number'
      ? `Program exited with non-zero exit code: ${end.toString()}`
      : `Program was ended by signal ${end}`,
  );
}
