/** Where everything of a local cloud is. Several clouds live side by side, distinguished by their slot. */
export interface CloudAddresses {
  readonly slot: number;
  /** The bridge that machines are plugged into. */
  readonly bridge: string;
  readonly bridgeMac: string;
  /** The network of the machines: what a machine knows of itself, and its gateway. */
  readonly privateCidr: string;
  readonly gateway: string;
  /** The "public" range: routed on this host only, to an interface of its own. */
  readonly publicInterface: string;
  readonly publicCidr: string;
  /** First and last address for instances and reserved IPs. */
  readonly publicPool: { readonly first: string; readonly last: string };
  readonly dns: string;
  readonly objectStore: string;
  readonly acme: string;
  readonly registry: string;
  /** Where machines find a mail relay. */
  readonly mail: string;
  /** A network of people who may use SSH: this host has `host`, the namespace has `guest`. */
  readonly vpn: Namespace;
  /** A network of people who may not. */
  readonly outsider: Namespace;
  /** Port of the Civo API on 127.0.0.1. */
  readonly civoApiPort: number;
  /** Ports of the mail catcher on 127.0.0.1: its web page, and where it takes mail. */
  readonly mailPagePort: number;
  readonly mailCatcherPort: number;
}

/** A network namespace that stands for a user's computer, and the pair of interfaces that leads there. */
export interface Namespace {
  readonly name: string;
  readonly cidr: string;
  readonly host: string;
  readonly guest: string;
}

const LAST_SLOT = 9;

/** All slots that a cloud of this host can have. */
export const SLOTS: readonly number[] = Array.from({ length: LAST_SLOT + 1 }, (_, slot) => slot);

/** The public addresses of the machines of all slots. */
export const PUBLIC_CIDR = '198.18.0.0/16';

/** The slot of this process: `LOCAL_SLOT`, 0 by default. */
export function slotFromEnvironment(): number {
  return Number(process.env.LOCAL_SLOT ?? '0');
}

/** @throws Error if the slot is not a whole number from 0 to 9. */
export function cloudAddresses(slot: number): CloudAddresses {
  if (!Number.isInteger(slot) || slot < 0 || slot > LAST_SLOT) {
    throw new Error(`LOCAL_SLOT is ${String(slot)}; expected a whole number from 0 to ${String(LAST_SLOT)}`);
  }
  const s = String(slot);
  const publicAddress = (host: number) => `198.18.${s}.${String(host)}`;
  return {
    slot,
    bridge: `civo${s}`,
    bridgeMac: `02:00:0a:62:0${s}:01`,
    privateCidr: `10.98.${s}.0/24`,
    gateway: `10.98.${s}.1`,
    publicInterface: `civopub${s}`,
    publicCidr: `198.18.${s}.0/24`,
    publicPool: { first: publicAddress(20), last: publicAddress(250) },
    dns: publicAddress(1),
    objectStore: publicAddress(2),
    acme: publicAddress(3),
    registry: publicAddress(4),
    mail: publicAddress(5),
    vpn: namespace(`vpn${s}`, `10.66.${s}`),
    outsider: namespace(`out${s}`, `198.19.${s}`),
    civoApiPort: 7480 + slot,
    mailPagePort: 7460 + slot,
    mailCatcherPort: 7470 + slot,
  };
}

function namespace(name: string, prefix: string): Namespace {
  return { name, cidr: `${prefix}.0/24`, host: `${prefix}.1`, guest: `${prefix}.2` };
}
