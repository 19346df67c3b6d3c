import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as rpc from '@pulumi/pulumi/proto/provider_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { differences, type Difference } from './diff';
import { Engine } from './engine';
import { findProblems, withDefaults, type Inputs } from './inputs';
import { serve, unary } from './serve';
import { decode, encode, hasUnknown, plain, Secret, UNKNOWN } from './values';
import type { PlainProperties, Properties, Value } from './values';

/** What a running operation can use. */
export interface Operation {
  urn: string;
  /** The last part of the URN. */
  name: string;
  /** Aborted when the user interrupts the engine. */
  signal: AbortSignal;
  /** Shows a line beside the resource. */
  status(message: string): void;
}

/** One resource type that a plugin implements. Inputs arrive with their defaults filled in. */
export interface Resource {
  type: string;
  inputs: Inputs;
  /** Outputs that aren't inputs: unknown in a preview. */
  computed: readonly string[];
  /** Which of them are secret. */
  secrets(inputs: Properties): readonly string[];
  /** Inputs whose change replaces the resource; any input, if it can't be updated. */
  replaceOn?: readonly string[];
  /** What `inputs` can't express; the message says what is wrong. Not asked while something is unknown. */
  validate?(inputs: PlainProperties): string | undefined;
  create(inputs: Properties, operation: Operation): Promise<{ id: string; outputs: Properties }>;
  update?(inputs: Properties, state: Properties, operation: Operation): Promise<Properties>;
  delete?(state: Properties, operation: Operation): Promise<void>;
}

/** A resource plugin: the stand-in for the real one of this name and version. */
export interface Provider {
  name: string;
  version: string;
  resources: readonly Resource[];
}

/** Serves the plugin to the engine that started this process. */
export function serveProvider(provider: Provider): void {
  serve(ResourceProviderService, new ProviderServer(provider, new Engine(process.argv.at(-1))).handlers());
}

const DIFF_KINDS = {
  add: [rpc.PropertyDiff.Kind.ADD, rpc.PropertyDiff.Kind.ADD_REPLACE],
  delete: [rpc.PropertyDiff.Kind.DELETE, rpc.PropertyDiff.Kind.DELETE_REPLACE],
  update: [rpc.PropertyDiff.Kind.UPDATE, rpc.PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

/** Provider settings that the engine itself adds; everything else would be the program's. */
const ENGINE_SETTINGS = new Set(['version', 'pluginDownloadURL', '__internal']);

class ProviderServer {
  private readonly aborted = new AbortController();
  private readonly standIn: string;

  constructor(
    private readonly provider: Provider,
    private readonly engine: Engine,
  ) {
    this.standIn = `local stand-in for the ${provider.name} plugin ${provider.version}`;
  }

  handlers() {
    return {
      handshake: unary(() => {
        const response = new rpc.ProviderHandshakeResponse();
        response.setAcceptSecrets(true);
        return response;
      }),
      getPluginInfo: unary(() => new PluginInfo().setVersion(this.provider.version)),
      getSchema: unary(() => this.refuse('it has no schema')),
      checkConfig: unary((request: rpc.CheckRequest) => this.checkConfig(request)),
      diffConfig: unary(() => new rpc.DiffResponse().setChanges(rpc.DiffResponse.DiffChanges.DIFF_NONE)),
      configure: unary(() => {
        const response = new rpc.ConfigureResponse();
        response.setAcceptsecrets(true);
        response.setSupportspreview(true);
        return response;
      }),
      invoke: unary((request: rpc.InvokeRequest) => this.refuse(`it has no function ${request.getTok()}`)),
      check: unary((request: rpc.CheckRequest) => this.check(request)),
      diff: unary((request: rpc.DiffRequest) => this.diff(request)),
      create: unary((request: rpc.CreateRequest) => this.create(request)),
      read: unary((request: rpc.ReadRequest) => this.read(request)),
      update: unary((request: rpc.UpdateRequest) => this.update(request)),
      delete: unary((request: rpc.DeleteRequest) => this.delete(request)),
      cancel: unary(() => {
        this.aborted.abort(new Error('interrupted'));
        return new Empty();
      }),
    };
  }

  private refuse(what: string): never {
    throw new Error(
      `${this.standIn}: ${what}. Where the official plugins can be downloaded, they are used instead.`,
    );
  }

  private checkConfig(request: rpc.CheckRequest): rpc.CheckResponse {
    const response = new rpc.CheckResponse().setInputs(request.getNews());
    for (const name of Object.keys(decode(request.getNews()))) {
      if (!ENGINE_SETTINGS.has(name)) response.addFailures(this.failure(name, 'unknown provider setting'));
    }
    return response;
  }

  private check(request: rpc.CheckRequest): rpc.CheckResponse {
    const resource = this.resource(request.getUrn());
    const given = decode(request.getNews());
    const response = new rpc.CheckResponse().setInputs(request.getNews());
    const problems = findProblems(resource.inputs, given);
    for (const { property, reason } of problems) response.addFailures(this.failure(property, reason));
    if (problems.length === 0 && !hasUnknown(given)) {
      const reason = resource.validate?.(plain(withDefaults(resource.inputs, given)));
      if (reason !== undefined) response.addFailures(this.failure('', reason));
    }
    return response;
  }

  private failure(property: string, reason: string): rpc.CheckFailure {
    return new rpc.CheckFailure().setProperty(property).setReason(`${reason} (${this.standIn})`);
  }

  private diff(request: rpc.DiffRequest): rpc.DiffResponse {
    const resource = this.resource(request.getUrn());
    const old = withDefaults(resource.inputs, decode(request.getOldInputs() ?? request.getOlds()));
    const found = differences(old, withDefaults(resource.inputs, decode(request.getNews())));
    const response = new rpc.DiffResponse();
    response.setChanges(rpc.DiffResponse.DiffChanges[found.length > 0 ? 'DIFF_SOME' : 'DIFF_NONE']);
    response.setHasdetaileddiff(true);
    for (const difference of found) {
      const replaces = mustReplace(resource, difference);
      const detail = new rpc.PropertyDiff().setInputdiff(true);
      detail.setKind(DIFF_KINDS[difference.kind][replaces ? 1 : 0]);
      response.getDetaileddiffMap().set(difference.path, detail);
      response.addDiffs(topLevel(difference.path));
      if (replaces) response.addReplaces(topLevel(difference.path));
    }
    return response;
  }

  private async create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
    const resource = this.resource(request.getUrn());
    const inputs = withDefaults(resource.inputs, decode(request.getProperties()));
    if (request.getPreview()) {
      return new rpc.CreateResponse().setProperties(encode(previewed(resource, inputs)));
    }
    const { id, outputs } = await resource.create(inputs, this.operation(request.getUrn()));
    return new rpc.CreateResponse().setId(id).setProperties(encode(withSecrets(resource, inputs, outputs)));
  }

  private async update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
    const resource = this.resource(request.getUrn());
    const inputs = withDefaults(resource.inputs, decode(request.getNews()));
    if (!resource.update) return this.refuse(`${resource.type} can't be updated`);
    if (request.getPreview()) {
      return new rpc.UpdateResponse().setProperties(encode(previewed(resource, inputs)));
    }
    const outputs = await resource.update(
      inputs,
      decode(request.getOlds()),
      this.operation(request.getUrn()),
    );
    return new rpc.UpdateResponse().setProperties(encode(withSecrets(resource, inputs, outputs)));
  }

  /** Nothing exists outside the stack's state, so a refresh finds what is there; an import would find nothing. */
  private read(request: rpc.ReadRequest): rpc.ReadResponse {
    const resource = this.resource(request.getUrn());
    const isImport = Object.keys(decode(request.getProperties())).length === 0;
    if (isImport) this.refuse(`${resource.type} can't be imported`);
    const response = new rpc.ReadResponse().setId(request.getId());
    return response.setProperties(request.getProperties()).setInputs(request.getInputs());
  }

  private async delete(request: rpc.DeleteRequest): Promise<Empty> {
    const resource = this.resource(request.getUrn());
    await resource.delete?.(decode(request.getProperties()), this.operation(request.getUrn()));
    return new Empty();
  }

  private resource(urn: string): Resource {
    const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
    const found = this.provider.resources.find((resource) => resource.type === type);
    const known = this.provider.resources.map((resource) => resource.type).join(', ');
    return found ?? this.refuse(`it has no resource type ${type}, only: ${known}`);
  }

  private operation(urn: string): Operation {
    return {
      urn,
      name: urn.slice(urn.lastIndexOf('::') + 2),
      signal: this.aborted.signal,
      status: (message) => {
        this.engine.status(urn, message);
      },
    };
  }
}

function topLevel(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

function mustReplace(resource: Resource, difference: Difference): boolean {
  return !resource.update || (resource.replaceOn ?? []).includes(topLevel(difference.path));
}

/** A preview's outputs: the inputs, and everything else unknown. */
function previewed(resource: Resource, inputs: Properties): Properties {
  const unknowns = resource.computed.map((name): [string, Value] => [name, UNKNOWN]);
  return withSecrets(resource, inputs, { ...inputs, ...Object.fromEntries(unknowns) });
}

function withSecrets(resource: Resource, inputs: Properties, outputs: Properties): Properties {
  const secret = new Set(resource.secrets(inputs));
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => {
      return [name, secret.has(name) && !(value instanceof Secret) ? new Secret(value) : value];
    }),
  );
}
