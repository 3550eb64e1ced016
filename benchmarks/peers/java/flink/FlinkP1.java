package bench;

import java.time.Duration;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/** A small purchase, then a big one, within ten minutes; every match. */
public final class FlinkP1 extends FlinkPeer {
    @Override
    protected Pattern<Event, Event> pattern() {
        return Pattern.<Event>begin("a", AfterMatchSkipStrategy.noSkip())
                .where(SimpleCondition.of(e -> e.type.equals("purchase") && e.amount < 5))
                .followedBy("b")
                .where(SimpleCondition.of(e -> e.type.equals("purchase") && e.amount > 500))
                .within(Duration.ofMinutes(10));
    }
}
