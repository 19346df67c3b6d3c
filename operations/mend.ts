/** `make mend`: what a killed run left is mended, so that the next one goes on. `make up` does this first by itself. */
import { mend } from './mending';
import { operation } from './pulumi';

operation(async (pulumi) => {
  console.log(
    (await mend(pulumi)) ? 'Mended. The next run goes on from here: make up' : 'There is nothing to mend.',
  );
});
