import * as grpc from '@grpc/grpc-js';
import { EngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { LogRequest, LogSeverity } from '@pulumi/pulumi/proto/engine_pb';

/** The engine's own service, whose address it gives each plugin as the last argument. */
export class Engine {
  private client: EngineClient | undefined;

  constructor(private readonly address: string | undefined) {}

  /** Shows a line of output beside the resource while it is being worked on; it isn't kept. */
  status(urn: string, message: string): void {
    if (!this.address) return;
    this.client ??= new EngineClient(this.address, grpc.credentials.createInsecure());
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(true);
    this.client.log(request, () => {
      // A status line that got lost is no reason to fail.
    });
  }
}
