package bench;

import java.util.List;

/** A purchase, then one of three times its amount from another country, within ten minutes; every match. */
public final class EsperP3n extends EsperPeer {
    @Override
    protected String statement() {
        return """
            select a, b from pattern [
              every a=Event(type='purchase')
                -> (b=Event(type='purchase', user=a.user, amount > 3 * a.amount, country != a.country)
                    where timer:within(10 min))]
            """;
    }

    @Override
    protected List<String> steps() {
        return List.of("a", "b");
    }
}
