/** What the tests read of a stack's outputs, secrets included. */
export interface Outputs {
  publicAddress: string;
  instanceId: string;
  sshHostKey: string;
  owner: { username: string; email: string; password: string };
  buckets: Record<'media' | 'backups', { name: string; endpoint: string }>;
  recovery: Record<'media' | 'backups', { accessKeyId: string; secretAccessKey: string }>;
}
