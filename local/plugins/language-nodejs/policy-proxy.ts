import * as grpc from '@grpc/grpc-js';
import { AnalyzerService } from '@pulumi/pulumi/proto/analyzer_grpc_pb';
import { AnalyzerHandshakeResponse, AnalyzerStackConfigureRequest } from '@pulumi/pulumi/proto/analyzer_pb';

/** The stack that a policy pack is to judge. */
export interface StackConfiguration {
  organization: string;
  project: string;
  stack: string;
  dryRun: boolean;
  config: Record<string, string>;
}

/** A policy pack that runs. */
export interface Pack {
  port: number;
  stop: () => void;
}

type Unary = grpc.handleUnaryCall<Buffer, Buffer>;

/** Messages pass through as they are. */
const same = (message: Buffer) => message;

/** Stands between the engine and a policy pack, which it starts when the first question comes. */
export class PolicyProxy {
  private readonly server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  private pack?: Promise<{ client: grpc.Client; stop: () => void }>;

  constructor(private readonly start: (stack?: StackConfiguration) => Promise<Pack>) {
    const methods = Object.entries(AnalyzerService as grpc.ServiceDefinition).map(
      ([name, { path }]) => [name, path] as const,
    );
    const plain = {
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
    };
    const service = methods.map(([name, path]) => [
      name,
      { ...plain, path, responseSerialize: same, responseDeserialize: same },
    ]);
    const handlers = methods.map(([name, path]) => [name, this.forward(path)]);
    this.server.addService(Object.fromEntries(service) as grpc.ServiceDefinition, {
      ...(Object.fromEntries(handlers) as Record<string, Unary>),
      // The pack isn't there yet.
      handshake: ((_, answer) => {
        answer(null, Buffer.from(new AnalyzerHandshakeResponse().serializeBinary()));
      }) satisfies Unary,
    });
  }

  /** Serves on a free loopback port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
        if (error) reject(error);
        else resolve(port);
      });
    });
  }

  stop(): void {
    this.server.forceShutdown();
    this.pack?.then(
      ({ stop }) => {
        stop();
      },
      () => undefined, // it has not started
    );
  }

  private forward(path: string): Unary {
    return (call, answer) => {
      this.pack ??= this.connect(path.endsWith('/ConfigureStack') ? stackOf(call.request) : undefined);
      this.pack.then(
        ({ client }) => {
          client.makeUnaryRequest(path, same, same, call.request, (error, response) => {
            answer(error, response);
          });
        },
        (error: unknown) => {
          answer({
            code: grpc.status.UNKNOWN,
            details: String(error instanceof Error ? error.message : error),
          });
        },
      );
    };
  }

  private async connect(stack?: StackConfiguration) {
    const { port, stop } = await this.start(stack);
    const options = { 'grpc.max_receive_message_length': -1 };
    const address = `127.0.0.1:${port.toString()}`;
    return { client: new grpc.Client(address, grpc.credentials.createInsecure(), options), stop };
  }
}

function stackOf(message: Buffer): StackConfiguration {
  const request = AnalyzerStackConfigureRequest.deserializeBinary(message);
  return {
    organization: request.getOrganization(),
    project: request.getProject(),
    stack: request.getStack(),
    dryRun: request.getDryRun(),
    config: Object.fromEntries(request.getConfigMap().toArray()),
  };
}
