package bench;

import java.time.Duration;
import org.apache.flink.cep.nfa.aftermatch.AfterMatchSkipStrategy;
import org.apache.flink.cep.pattern.Pattern;
import org.apache.flink.cep.pattern.conditions.SimpleCondition;

/** Three failed logins or more in a row, and at once a login, within five minutes; past the last event. */
public final class FlinkP2 extends FlinkPeer {
    @Override
    protected Pattern<Event, Event> pattern() {
        return Pattern.<Event>begin("f", AfterMatchSkipStrategy.skipPastLastEvent())
                .where(SimpleCondition.of(e -> e.type.equals("login_failed")))
                .timesOrMore(3)
                .consecutive()
                .greedy()
                .next("l")
                .where(SimpleCondition.of(e -> e.type.equals("login")))
                .within(Duration.ofMinutes(5));
    }
}
