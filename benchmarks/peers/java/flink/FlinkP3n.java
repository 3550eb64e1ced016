package bench;

import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;

/** As P3, every match. */
public final class FlinkP3n extends FlinkP3 {
    @Override
    protected AfterMatchSkipStrategy skip() {
        return AfterMatchSkipStrategy.noSkip();
    }
}
