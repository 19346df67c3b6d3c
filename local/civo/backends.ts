/**
 * What the local Civo API asks of the machine that it runs on.
 *
 * The API itself keeps records and rules. Whatever is real (machines, packets, buckets, answers to DNS queries) is
 * behind these interfaces. Every call is idempotent: after a restart the API makes all of them again from its state
 * file. A call that cannot do its work rejects with an `Error` whose message a person understands.
 */

/** A rule of a Civo firewall. */
export interface FirewallRule {
  direction: 'ingress' | 'egress';
  protocol: 'tcp' | 'udp' | 'icmp';
  /** `''` is every port (and the only value for icmp), `'80'` one port, `'80-443'` a range, both ends included. */
  ports: string;
  /** Sources of an ingress rule, destinations of an egress rule. A packet matches if it matches any of them. */
  cidr: string[];
  action: 'allow' | 'deny';
}

/** A machine to be, and how large. */
export interface InstanceSpec {
  /** The instance's UUID on the API: the machine's name in every other call. */
  id: string;
  hostname: string;
  cpuCores: number;
  ramMb: number;
  diskGb: number;
  /** Name of the disk image, for example `debian-13`. */
  image: string;
  /** The only address that the machine itself knows. */
  privateIp: string;
  /** The login that gets `sshPublicKey`. */
  initialUser: string;
  /** OpenSSH public key of the instance's SSH key. Absent: no login by key. */
  sshPublicKey?: string;
  /** User data as the user wrote it, not base64. May be empty. */
  script: string;
}

/** Compute: an instance's power and life. Every call is idempotent; they reject with Error(message). */
export interface Machines {
  /** Makes the machine if it isn't there, and powers it on. Resolves when it is powered on, not when it has booted. */
  create(spec: InstanceSpec): Promise<void>;
  start(id: string): Promise<void>;
  stop(id: string): Promise<void>;
  reboot(id: string): Promise<void>;
  /** Gives the machine `spec`'s cores, memory and disk; its contents stay. Resolves when it is powered on again. */
  resize(spec: InstanceSpec): Promise<void>;
  /** Powers the machine off and deletes it with its disk. A machine that isn't there is fine. */
  remove(id: string): Promise<void>;
  running(id: string): Promise<boolean>;
}

/** Fabric: what the provider's network does outside the machine. */
export interface Fabric {
  /** Public to private 1:1 NAT. Replaces the address that `privateIp` had; `undefined` removes it. */
  setPublicAddress(privateIp: string, publicIp: string | undefined): Promise<void>;
  /** Replaces all rules of `privateIp`. What no rule allows is denied, in both directions. */
  setFirewall(privateIp: string, rules: FirewallRule[]): Promise<void>;
  /** Drops address and rules of a machine that is gone. */
  forget(privateIp: string): Promise<void>;
}

/** S3: who may log in, and which buckets there are. */
export interface ObjectStores {
  /** Makes the credential, or gives an existing one the new secret. It can use the buckets that it owns, no others. */
  putCredential(accessKey: string, secretKey: string): Promise<void>;
  removeCredential(accessKey: string): Promise<void>;
  /** Makes the bucket, or hands an existing one to `ownerAccessKey`. */
  createBucket(name: string, ownerAccessKey: string): Promise<void>;
  /** Removes the bucket with everything in it. A bucket that isn't there is fine. */
  removeBucket(name: string): Promise<void>;
}

/** A record as it is served. */
export interface DnsRecord {
  /** As given to the API: relative to the zone (`www`), or `@` or empty for the zone's own name. */
  name: string;
  /** A, CNAME, MX, TXT, SRV or NS. */
  type: string;
  value: string;
  /** Seconds. */
  ttl: number;
  /** MX and SRV only. */
  priority?: number;
}

/** A domain with all of its records. */
export interface DnsZone {
  /** Without a trailing dot. */
  name: string;
  records: DnsRecord[];
}

/** The name servers. */
export interface DnsZones {
  /** Replaces everything that is served by `zones`. */
  publish(zones: DnsZone[]): Promise<void>;
}

/** All that is real behind the API. */
export interface Backends {
  machines: Machines;
  fabric: Fabric;
  objectStores: ObjectStores;
  dns: DnsZones;
}

/**
 * Paper backends: nothing happens anywhere, calls succeed at once. For tests of the API and of programs, and for
 * hosts where machines cannot run (no root, no Linux).
 */
export function paperBackends(): Backends {
  const powered = new Set<string>();
  const done = () => Promise.resolve();
  const powerOn = (id: string) => {
    powered.add(id);
    return done();
  };
  const powerOff = (id: string) => {
    powered.delete(id);
    return done();
  };
  return {
    machines: {
      create: (spec) => powerOn(spec.id),
      start: powerOn,
      stop: powerOff,
      reboot: powerOn,
      resize: (spec) => powerOn(spec.id),
      remove: powerOff,
      running: (id) => Promise.resolve(powered.has(id)),
    },
    fabric: { setPublicAddress: done, setFirewall: done, forget: done },
    objectStores: { putCredential: done, removeCredential: done, createBucket: done, removeBucket: done },
    dns: { publish: done },
  };
}
