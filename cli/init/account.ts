/** What the Civo account allows. */
import { messageOf } from '../../lib/message-of';
import { call, type CivoAccount, sizeOf } from '../../components/civo/api';
import { bad, type Finding, ok } from '../doctor/finding';

interface Wanted {
  readonly size: string;
  readonly mediaGb: number;
  readonly backupGb: number;
}

type Quota = Readonly<Record<string, number>>;

const QUOTA_PAGE = 'https://dashboard.civo.com/quota';

/** Whether the API key opens the account. */
export async function keyWorks(account: CivoAccount): Promise<Finding> {
  try {
    await call('GET', 'quota', account);
    return ok(`Civo's API takes the key, in ${account.region}`);
  } catch (error) {
    const reason = messageOf(error);
    return bad(
      `Civo's API does not take the key (${reason})`,
      'Create one in Civo’s dashboard (Settings, Security): export CIVO_TOKEN=…',
    );
  }
}

/** Whether there is room for the stack, and for a second machine: a new one is made before the old one goes. */
export async function quotaSuffices(wanted: Wanted, account: CivoAccount): Promise<Finding> {
  const size = await sizeOf(wanted.size, account);
  if (size === undefined) {
    return bad(`Civo has no ${wanted.size} in ${account.region}`, 'Choose another size, or another region');
  }
  const quota = (await call('GET', 'quota', account)) as Quota;
  const lacking = Object.entries(needs(wanted, size)).flatMap(([name, need]) => {
    const free = (quota[`${name}_limit`] ?? 0) - (quota[`${name}_usage`] ?? 0);
    return free >= need ? [] : [`${name}: ${String(free)} free, ${String(need)} needed`];
  });
  return lacking.length === 0
    ? ok('the quota has room for the server, and for a second machine while it is replaced')
    : bad(`the quota is too small: ${lacking.join('; ')}`, `Ask for more: ${QUOTA_PAGE}`);
}

function needs({ mediaGb, backupGb }: Wanted, size: { cpu_cores: number; ram_mb: number; disk_gb: number }) {
  return {
    instance_count: 2,
    cpu_core: 2 * size.cpu_cores,
    ram_mb: 2 * size.ram_mb,
    disk_gb: 2 * size.disk_gb,
    public_ip_address: 3,
    network_count: 1,
    security_group: 2,
    objectstore_gb: mediaGb + backupGb,
  };
}
