/** Which sizes an instance can have in its region, by Civo's own list. */
import { NAMESPACE } from '../settings/namespace';
import { SIZES } from '../settings/schema';
import { type CivoAccount, type Size, sizesOf } from './civo/api';
import { smallerDisk } from './civo/failures';

/**
 * Why an instance can't get a size, and what to do; undefined if it can. An instance keeps the size that it has, also one that
 * Civo no longer lists.
 *
 * @param from the size that it has; undefined for a new one
 */
export async function sizeProblem(
  from: string | undefined,
  to: string,
  account: CivoAccount,
): Promise<string | undefined> {
  if (from === to) return undefined;
  const listed = await sizesOf(account);
  const wanted = listed.find(({ name }) => name === to);
  if (!wanted || !isOffered(wanted)) return notOffered(to, account.region, listed.filter(isOffered));
  const disk = listed.find(({ name }) => name === from)?.disk_gb ?? 0;
  return from !== undefined && wanted.disk_gb < disk
    ? smallerDisk([from, to], [disk, wanted.disk_gb])
    : undefined;
}

/** As the provider's data source getSize reads the list: it leaves out what can't be selected. */
const isOffered = ({ selectable, type }: Size) => selectable !== false && (type ?? 'Instance') === 'Instance';

function notOffered(size: string, region: string, offered: readonly Size[]): string {
  const names = offered.map(({ name }) => name).filter((name) => SIZES.includes(name));
  const message = `${NAMESPACE}size = "${size}": Civo does not offer this size in ${region}`;
  const [first] = names;
  return first === undefined
    ? `${message}, nor any other that holds Mastodon. Set another region: pulumi config set region REGION`
    : `${message}; it offers ${names.join(', ')}. Set one of them: pulumi config set size ${first}`;
}
