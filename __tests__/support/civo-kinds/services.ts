/** Managed databases and Kubernetes clusters. */
import { type Row, row } from './table';

const pool = { label: 'first', nodeCount: 1, size: 'g4s.kube.small', labels: { tier: 'web' } };

export const SERVICES: readonly Row[] = [
  row({
    name: 'database',
    type: 'Database',
    args: {
      name: 'db',
      engine: 'PostgreSQL',
      version: '14',
      size: 'g3.db.small',
      nodes: 1,
      networkId: '${network.id}',
      firewallId: '${firewall.id}',
    },
    update: { nodes: 2 },
    replace: { name: 'db-renamed' },
    forever: { size: 'g3.db.medium', version: '17' },
    wouldReplace: [{ networkId: '${second.id}', firewallId: '${moved.id}' }],
  }),
  row({
    name: 'cluster',
    type: 'KubernetesCluster',
    args: {
      name: 'cluster',
      networkId: '${network.id}',
      firewallId: '${firewall.id}',
      kubernetesVersion: '1.31.9-k3s1',
      tags: 'green',
      pools: pool,
    },
    update: { tags: 'blue', kubernetesVersion: '1.32.5-k3s1', pools: { ...pool, nodeCount: 2 } },
    invalid: [[{ cni: 'cilium' }, "the 'cni' field is immutable"]],
    refused: [
      [{ pools: { ...pool, size: 'g4s.kube.medium' } }, 'Size change ("size") for existing cluster'],
      [{ networkId: '${second.id}' }, 'Network change ("network_id") for existing cluster'],
    ],
  }),
  row({
    name: 'pool',
    type: 'KubernetesNodePool',
    args: {
      clusterId: '${cluster.id}',
      label: 'second',
      nodeCount: 1,
      size: 'g4s.kube.xsmall',
      labels: { tier: 'jobs' },
      taints: [{ key: 'only', value: 'jobs', effect: 'NoSchedule' }],
    },
    update: { nodeCount: 2, labels: { tier: 'batch' } },
    refused: [[{ size: 'g4s.kube.small' }, 'Size change ("size") for existing pool']],
  }),
];
