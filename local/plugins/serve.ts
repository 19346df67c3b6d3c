import * as grpc from '@grpc/grpc-js';

/** The engine itself allows messages of 400 MB. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/** Every 2 s, see whether the engine that started this process is still there. */
const ORPHAN_CHECK_MS = 2_000;

/** Makes an async function a gRPC handler; what it throws is the error that the user reads. */
export function unary<Request, Response>(
  handler: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handler(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
          });
        },
      );
  };
}

/** Serves a plugin's gRPC interface on a free loopback port and, as Pulumi expects, prints the port. */
export function serve(
  service: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
): void {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
  server.addService(service, implementation);
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port.toString()}\n`);
  });
  exitWithEngine();
}

/** The engine stops its plugins; one that was killed can't, and would leave them behind. */
function exitWithEngine(): void {
  const engine = process.ppid;
  setInterval(() => {
    if (process.ppid !== engine) process.exit(0);
  }, ORPHAN_CHECK_MS).unref();
}
