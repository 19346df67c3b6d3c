import { spawn } from 'node:child_process';
import { version } from '@pulumi/pulumi/package.json';
import type * as grpc from '@grpc/grpc-js';
import { LanguageRuntimeService } from '@pulumi/pulumi/proto/language_grpc_pb';
import * as rpc from '@pulumi/pulumi/proto/language_pb';
import { PluginDependency, PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { serve, unary } from '../serve';
import { installedManifests, requiredPackages } from './packages';
import { runPlugin } from './plugin';
import { runProgram } from './run';

/** The Node.js language host: finds the plugins that a program needs, and runs it, and policy packs. */
const engineAddress = process.argv.at(-1) ?? '';

serve(LanguageRuntimeService, {
  handshake: unary(() => new rpc.LanguageHandshakeResponse()),
  getPluginInfo: unary(() => new PluginInfo().setVersion(version)),
  getRequiredPackages: unary((request: rpc.GetRequiredPackagesRequest) => {
    return new rpc.GetRequiredPackagesResponse().setPackagesList(
      requiredPackages(request.getInfo()?.getProgramDirectory() ?? ''),
    );
  }),
  getRequiredPlugins: unary((request: rpc.GetRequiredPluginsRequest) => {
    const packages = requiredPackages(request.getInfo()?.getProgramDirectory() ?? '');
    return new rpc.GetRequiredPluginsResponse().setPluginsList(
      packages.map((needed) => {
        const plugin = new PluginDependency();
        plugin.setName(needed.getName());
        plugin.setKind(needed.getKind());
        plugin.setVersion(needed.getVersion());
        plugin.setServer(needed.getServer());
        return plugin;
      }),
    );
  }),
  run: unary((request: rpc.RunRequest) => runProgram(request, engineAddress)),
  runPlugin: (call: grpc.ServerWritableStream<rpc.RunPluginRequest, rpc.RunPluginResponse>) => {
    runPlugin(call).catch((error: unknown) => call.destroy(error as Error));
  },
  about: unary(() => {
    return new rpc.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
  }),
  getProgramDependencies: unary((request: rpc.GetProgramDependenciesRequest) => {
    const response = new rpc.GetProgramDependenciesResponse();
    for (const manifest of installedManifests(request.getInfo()?.getProgramDirectory() ?? '')) {
      const dependency = new rpc.DependencyInfo();
      response.addDependencies(dependency.setName(manifest.name ?? '').setVersion(manifest.version ?? ''));
    }
    return response;
  }),
  runtimeOptionsPrompts: unary(() => new rpc.RuntimeOptionsResponse()),
  installDependencies,
  cancel: unary(() => new Empty()),
});

/** `pulumi install` */
function installDependencies(
  call: grpc.ServerWritableStream<rpc.InstallDependenciesRequest, rpc.InstallDependenciesResponse>,
): void {
  const child = spawn('npm', ['install'], { cwd: call.request.getDirectory() });
  child.stdout.on('data', (chunk: Buffer) =>
    call.write(new rpc.InstallDependenciesResponse().setStdout(chunk)),
  );
  child.stderr.on('data', (chunk: Buffer) =>
    call.write(new rpc.InstallDependenciesResponse().setStderr(chunk)),
  );
  child.on('error', (error) => call.destroy(error));
  child.on('close', (code) => {
    if (code === 0) call.end();
    else call.destroy(new Error(`npm install failed with exit status ${String(code)}`));
  });
}
