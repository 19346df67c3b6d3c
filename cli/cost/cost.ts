/** What a stack costs a month, by the prices of cli/cost/prices.yaml. */
import { messageOf } from '../../lib/message-of';
import { NAMESPACE } from '../../settings/namespace';
import { costOf, costTable, priced, readPrices, sumOf } from './prices';
import { OperationError, type PulumiCli } from '../lib/pulumi-cli';

export async function cost(pulumi: PulumiCli, { json }: { json: boolean }): Promise<void> {
  // Secrets stay encrypted.
  const config = JSON.parse(await pulumi.output(['config', '--json'])) as Record<string, { value?: string }>;
  const own = Object.entries(config).map(([key, { value }]) => [
    key.slice(key.startsWith(NAMESPACE) ? NAMESPACE.length : 0),
    value,
  ]);
  const prices = readPrices();
  try {
    const stack = priced(Object.fromEntries(own) as Record<string, unknown>);
    const { currency } = prices;
    const priceList = { currency, parts: costOf(stack, prices), total: sumOf(stack, prices) };
    console.log(json ? JSON.stringify(priceList, null, 2) : costTable(stack, prices));
  } catch (error) {
    // A setting that has no price.
    throw new OperationError(messageOf(error));
  }
}
