package bench;

import java.time.Duration;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/** A changed password, no login, then a large transfer, within thirty minutes; every match. */
public final class FlinkP4 extends FlinkPeer {
    @Override
    protected Pattern<Event, Event> pattern() {
        return Pattern.<Event>begin("p", AfterMatchSkipStrategy.noSkip())
                .where(SimpleCondition.of(e -> e.type.equals("pwd_change")))
                .notFollowedBy("n")
                .where(SimpleCondition.of(e -> e.type.equals("login")))
                .followedBy("t")
                .where(SimpleCondition.of(e -> e.type.equals("transfer") && e.amount > 1000))
                .within(Duration.ofMinutes(30));
    }
}
