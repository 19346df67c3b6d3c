import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as grpc from '@grpc/grpc-js';
import { type RunPluginRequest, RunPluginResponse } from '@pulumi/pulumi/proto/language_pb';
import { type Pack, PolicyProxy, type StackConfiguration } from './policy-proxy';

type Call = grpc.ServerWritableStream<RunPluginRequest, RunPluginResponse>;

/**
 * Runs a policy pack, the one kind of plugin that this project has in TypeScript, by the SDK's own runner.
 *
 * A pack reads the stack's configuration when it starts, and the engine sends it only after that: so the engine gets a
 * proxy to talk to, which starts the pack when the configuration is there. The official language host does the same.
 */
export async function runPlugin(call: Call): Promise<void> {
  const { request } = call;
  if (request.getKind() !== 'analyzer') {
    call.destroy(new Error(`given a plugin of kind '${request.getKind()}', expected 'analyzer'`));
    return;
  }
  const proxy = new PolicyProxy((stack) => startPack(call, stack));
  call.on('cancelled', () => {
    proxy.stop();
    call.end();
  });
  const port = await proxy.listen();
  call.write(new RunPluginResponse().setStdout(Buffer.from(`${port.toString()}\n`)));
}

function startPack(call: Call, stack?: StackConfiguration): Promise<Pack> {
  const { request } = call;
  const folder = request.getInfo()?.getProgramDirectory() ?? '';
  const runner = createRequire(join(folder, 'package.json')).resolve('@pulumi/pulumi/cmd/run-policy-pack');
  const child = spawn(process.execPath, [runner, ...request.getArgsList(), folder], {
    cwd: folder,
    env: { ...variables(request.getEnvList()), ...configuration(stack) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A killed engine takes this process along, but not a child of it.
  process.once('exit', () => child.kill());
  child.stderr.on('data', (text: Buffer) => call.write(new RunPluginResponse().setStderr(text)));
  return new Promise((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      // The first line is the port; what follows it is for the user.
      const port = /^(\d+)\n/.exec(said)?.[1];
      if (port !== undefined) resolve({ port: Number(port), stop: () => child.kill() });
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      reject(new Error(`the policy pack in ${folder} ended before it was ready: ${String(code ?? signal)}`));
    });
  });
}

function variables(list: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(
    list.map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
}

/** By these the SDK's `Config`, `getProject` and `getStack` know the stack. */
function configuration(stack?: StackConfiguration): NodeJS.ProcessEnv {
  if (!stack) return {};
  return {
    PULUMI_NODEJS_ORGANIZATION: stack.organization,
    PULUMI_NODEJS_PROJECT: stack.project,
    PULUMI_NODEJS_STACK: stack.stack,
    PULUMI_NODEJS_DRY_RUN: String(stack.dryRun),
    PULUMI_CONFIG: JSON.stringify(stack.config),
  };
}
