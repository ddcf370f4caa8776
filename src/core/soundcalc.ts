/**
 * The claim of `security.ts` in the input format of an outside calculator (github.com/ethereum/soundcalc, FRI_STARK
 * family), so that anyone can check it without our code.
 *
 * The calculator takes the trace as a plain Reed-Solomon code of dimension N (ours: N + 3, on the circle), knows no list
 * factor for lookups and no lifting, and rounds each term down to whole bits. Under `jbr` it bounds the list by
 * 1 / (2 gap sqrt(rate)) where `security.ts` has (m + 1/2) / sqrt(rate), so its ALI and DEEP come out lower there.
 */

import { friLayers, type ProofParams } from './params.ts';
import { CONSTRAINT_DEGREE, grindSchedule, type ProofShape, securityTerms } from './security.ts';

export function soundcalcReport(params: ProofParams, shape: ProofShape): string {
  const { foldLogs, lastLog } = friLayers(params, shape.maxLogN);
  const grinds = grindSchedule(params, shape);
  const rate = 2 ** -params.logBlowup;
  // The calculator derives m = ceil(sqrt(rate) / (2 gap)); a hair more gap keeps the quotient from rounding above m.
  const gap = params.regime === 'jbr' ? [`gap_to_radius = ${(Math.sqrt(rate) / (2 * params.jbrM)) * (1 + 1e-9)}`] : [];
  const terms = securityTerms(params, shape).map((term) => `#   ${term.name}: ${term.bits.toFixed(2)}`);
  return [
    '# Bits by our own count, proof of work included:',
    ...terms,
    '',
    '[zkevm]',
    'name = "Wisp"',
    'protocol_family = "FRI_STARK"',
    'field = "M31^4"',
    'hash_size_bits = 256',
    '',
    '[[circuits]]',
    `name = "${params.name}"`,
    `explicit_regime = "${securityTerms(params, shape).some((term) => term.regime === 'jbr') ? 'list' : 'unique'}"`,
    ...gap,
    `rho = ${rate}`,
    `trace_length = ${2 ** shape.maxLogN}`,
    `air_max_degree = ${CONSTRAINT_DEGREE}`,
    `num_columns = ${shape.nColumns}`,
    `num_constraints = ${shape.nConstraints}`,
    `batch_size = ${shape.nSamples}`,
    'opening_points = 2',
    '# Coefficients of the batch are independent.',
    'power_batching = false',
    `num_queries = ${params.nQueries}`,
    `fri_folding_factors = [${foldLogs.map((log) => 2 ** log).join(', ')}]`,
    '# Size of the last domain.',
    `fri_early_stop_degree = ${2 ** (lastLog + params.logBlowup)}`,
    `# Work before each fold: ${grinds.fri.join(', ')}; the calculator takes one figure, the first and weakest fold's.`,
    `grinding_commit_phase = ${grinds.fri[0] ?? 0}`,
    `grinding_batching_phase = ${grinds.deep}`,
    `grinding_deep = ${grinds.oods}`,
    `grinding_query_phase = ${grinds.query}`,
    '',
    '[[circuits.lookups]]',
    'name = "logup"',
    'logup_type = "univariate"',
    '# All fractions of all tables, as the rows of one table.',
    `rows_L = ${shape.logupTerms}`,
    'rows_T = 0',
    `num_columns_S = ${shape.tupleWidth}`,
    'num_lookups_M = 1',
    `grinding_bits_lookup = ${grinds.logup}`,
    '',
  ].join('\n');
}
