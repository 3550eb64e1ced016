package bench;

import java.time.Duration;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/** Three purchases above 900 in all combinations, within a minute. */
public final class FlinkP5 extends FlinkPeer {
    @Override
    protected Pattern<Event, Event> pattern() {
        SimpleCondition<Event> large = SimpleCondition.of(e -> e.type.equals("purchase") && e.amount > 900);
        return Pattern.<Event>begin("a", AfterMatchSkipStrategy.noSkip())
                .where(large)
                .followedByAny("b")
                .where(large)
                .followedByAny("c")
                .where(large)
                .within(Duration.ofSeconds(60));
    }
}
