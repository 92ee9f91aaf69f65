//! Two people at the page, whose node is killed.

use anyhow::Result;
use e2e::{cluster::Cluster, scene::play};
use services::proxy::{Kind, Proxy};
use tokio::task::block_in_place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_goes_on_while_a_node_is_killed() -> Result<()> {
    let name = "cluster-page";
    let (mut cluster, proxy) = block_in_place(|| -> Result<_> {
        let cluster = Cluster::start("cluster-behind-the-page", 3)?;
        let proxy = Proxy::start(Kind::Nginx, &cluster.home().join("proxy"), &cluster.addresses())?;
        Ok((cluster, proxy))
    })?;
    play(name, async |scene| {
        let (ann, ben) = (scene.person("ann").await?, scene.person("ben").await?);
        let (ann, ben) = (ann.comes_by(proxy.url()), ben.comes_by(proxy.url()));
        ann.registers().await?;
        ben.registers().await?;
        ann.opens_the_conversation_with("ben").await?;
        ann.sends("hello").await?;
        ben.opens_the_conversation_with("ann").await?;
        let mut said = vec!["hello".to_owned()];
        for node in 0..3 {
            block_in_place(|| cluster.kill(node));
            // One of them may have been connected to this node.
            for (who, name) in [(&ann, "ann"), (&ben, "ben")] {
                let text = format!("{name} without node {node}");
                who.sends(&text).await?;
                said.push(text);
                let said: Vec<&str> = said.iter().map(String::as_str).collect();
                ann.reads(&said).await?;
                ben.reads(&said).await?;
            }
            block_in_place(|| cluster.start_again(node))?;
            block_in_place(|| cluster.until_ready(node))?;
        }
        Ok(())
    })
    .await
}
