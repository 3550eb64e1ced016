package bench;

import java.util.List;

/** A small purchase, then a big one, within ten minutes; every match. */
public final class EsperP1 extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select a, b from pattern [
              every a=Event(type='purchase', amount < 5)
                -> (b=Event(type='purchase', amount > 500, user=a.user) where timer:within(10 min))]
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("a", "b");
    }
}
